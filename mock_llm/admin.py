"""The admin interface under /_mock/: read and set what a lab does, read what it saw.

The providers' paths under /v1 are listed too, by provider; their own references describe them.

The lab is chosen by the same bearer key as everywhere; nothing here shows another one's. Where the
server has an admin token, every call but `health` also needs it, in the header X-Admin-Token.
"""

import hmac
from typing import Annotated, Any

from fastapi import Body, Depends, FastAPI, Header, Query, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from mock_llm.injected.faults import parse_fault
from mock_llm.injected.load import parse_load
from mock_llm.keyring import parse_keys
from mock_llm.lab import Lab
from mock_llm.labs import Labs
from mock_llm.provider_paths import provider_paths
from mock_llm.refusals import Refusal
from mock_llm.scenario import parse_scenario, shipped
from mock_llm.wire.asgi import App
from mock_llm.wire.last_resort import LastResort
from mock_llm.wire.openai.errors import status_of
from mock_llm.yamlfile import SettingError, Table

PAGE = 5_000
_LONGEST_MESSAGE = 1_000
_BUDGET = {"dollars": 0.5, "per": "day", "user": "ann"}
_FAULT = {"kind": "rate_limited", "probability": 0.1, "retry_after_s": 2}
_LOAD = {"capacity": 8, "queue": 32, "slowdown": 0.05, "timeout_s": 20}
_KEYS = [["sk-lab-ann"], ["sk-lab-bob", "sk-lab-bob-2"]]
_LIMITS = {"requests_per_minute": 60, "tokens_per_minute": 20_000, "concurrent": 4}
_ANSWERS = {
    "rules": [
        {"match": {"regex": "weather in (?P<city>\\w+)"}, "reply": "Sunny in ${city}."},
        {"match": {"contains": "order"}, "replies": ["Which one?", "It is on its way."]},
    ],
    "otherwise": "knowledge",
}
_LATENCY = {"ttft_median_s": 0.35, "ttft_p99_s": 1.2, "model": "gpt-6.1-sol"}


def make_admin(labs: Labs, admin_token: str | None) -> App:
    """The admin interface of a server."""

    def administrator(x_admin_token: Annotated[str, Header()] = "") -> None:
        if admin_token and not hmac.compare_digest(x_admin_token.encode(), admin_token.encode()):
            raise HTTPException(401, "This server asks for its admin token (X-Admin-Token).")

    Administrator = Annotated[None, Depends(administrator)]

    def chosen(administrator: Administrator, authorization: Annotated[str, Header()] = "") -> Lab:
        scheme, _, key = authorization.partition(" ")
        if scheme.lower() != "bearer" or not key.strip():
            raise HTTPException(401, "Choose a lab by its API key (Authorization: Bearer KEY).")
        return labs.open(key.strip())

    Chosen = Annotated[Lab, Depends(chosen)]
    admin = _Described(
        title="mock_llm",
        description=__doc__,
        openapi_url="/_mock/openapi.json",
        docs_url=None,  # both pages load their scripts from a CDN
        redoc_url=None,
    )
    admin.add_middleware(LastResort)

    @admin.get("/_mock/health", tags=["server"])
    def health() -> dict[str, Any]:
        """Whether the server is up; needs no key."""
        return {"status": "ok", "labs": len(labs), "scenarios": shipped()}

    @admin.post("/_mock/keys", tags=["server"], status_code=201)
    def register(
        administrator: Administrator,
        keys: Annotated[list[list[str]], Body(examples=[_KEYS])],
    ) -> dict[str, Any]:
        """Register keys, so that they lead to labs; those that stand together share one."""
        groups = parse_keys(keys)
        for api_key, *others in groups:
            labs.register(api_key)
            for other in others:
                labs.register(other, beside=api_key)
        return {"registered": sum(map(len, groups)), "labs": len(labs.all())}

    @admin.get("/_mock/lab", tags=["lab"])
    def lab_state(lab: Chosen) -> dict[str, Any]:
        """How many requests are under way, and what this lab draws from."""
        return {"underway": lab.underway, "seed": lab.seed, "scenario": lab.scenario().name}

    @admin.get("/_mock/faults", tags=["faults"])
    def faults(lab: Chosen) -> list[dict[str, Any]]:
        """The faults in force, in the order in which they are looked at."""
        return [fault.to_dict() for fault in lab.faults()]

    @admin.post("/_mock/faults", tags=["faults"], status_code=201)
    def add_fault(
        lab: Chosen, fault: Annotated[dict[str, Any], Body(examples=[_FAULT])]
    ) -> dict[str, Any]:
        """Add a fault after those that are there."""
        return lab.add(parse_fault(Table.of(fault, "fault"))).to_dict()

    @admin.put("/_mock/faults", tags=["faults"])
    def replace_faults(
        lab: Chosen, faults: Annotated[list[dict[str, Any]], Body(examples=[[_FAULT]])]
    ) -> list[dict[str, Any]]:
        """Replace all faults; none is replaced if one of the new ones cannot be used."""
        parsed = [
            parse_fault(Table.of(fault, f"faults[{number}]"))
            for number, fault in enumerate(faults, 1)
        ]
        lab.replace_faults(parsed)
        return [fault.to_dict() for fault in parsed]

    @admin.delete("/_mock/faults", tags=["faults"])
    def clear_faults(lab: Chosen) -> dict[str, Any]:
        """End all faults, the scenario's too."""
        lab.clear_faults()
        return {"cleared": True}

    @admin.get("/_mock/latency", tags=["latency"])
    def latency(lab: Chosen) -> dict[str, Any]:
        """The latency in force: by model, else by tier, else the default. Seconds."""
        return lab.latency().to_dict()

    @admin.put("/_mock/latency", tags=["latency"])
    def set_latency(
        lab: Chosen, pace: Annotated[dict[str, Any], Body(examples=[_LATENCY])]
    ) -> dict[str, Any]:
        """Replace one model's latency, or, without a model, everybody's."""
        table = Table.of(pace, "latency")
        model = table.text("model") if "model" in table else None
        times = {key: pace[key] for key in pace if key != "model" and pace[key] is not None}
        lab.set_pace(Table(times, "latency"), model)
        return lab.latency().to_dict()

    @admin.get("/_mock/load", tags=["load"])
    def load(lab: Chosen) -> dict[str, Any]:
        """What the provider can do at once; empty for anything."""
        return lab.load().to_dict()

    @admin.put("/_mock/load", tags=["load"])
    def set_load(
        lab: Chosen, load: Annotated[dict[str, Any], Body(examples=[_LOAD])]
    ) -> dict[str, Any]:
        """Replace what the provider can do at once; an empty object lets it do anything."""
        lab.bear(parse_load(Table.of(load, "load")))
        return lab.load().to_dict()

    @admin.get("/_mock/limits", tags=["limits"])
    def limits(lab: Chosen) -> dict[str, Any]:
        """The limits that are enforced; empty if none are."""
        return lab.limits().to_dict()

    @admin.put("/_mock/limits", tags=["limits"])
    def set_limits(
        lab: Chosen, limits: Annotated[dict[str, Any], Body(examples=[_LIMITS])]
    ) -> dict[str, Any]:
        """Replace one model's limits, or, without a model, everybody's, with full buckets; an empty
        object enforces none."""
        table = Table.of(limits, "limits")
        model = table.text("model") if "model" in table else None
        given = {key: limits[key] for key in limits if key != "model"}
        lab.limit(Table(given, "limits"), model)
        return lab.limits().to_dict()

    @admin.get("/_mock/time_scale", tags=["clock"])
    def time_scale(lab: Chosen) -> dict[str, Any]:
        """What every wait is multiplied by."""
        return {"time_scale": lab.time_scale()}

    @admin.put("/_mock/time_scale", tags=["clock"])
    def set_time_scale(
        lab: Chosen, scale: Annotated[dict[str, Any], Body(examples=[{"time_scale": 0.1}])]
    ) -> dict[str, Any]:
        """Set what every wait is multiplied by: 0.1 is ten times as fast, 0 waits not."""
        table = Table.of(scale, "lab")
        lab.set_time_scale(table.number("time_scale"))
        table.only_known()
        return {"time_scale": lab.time_scale()}

    @admin.get("/_mock/clock", tags=["clock"])
    def clock(lab: Chosen) -> dict[str, Any]:
        """The lab's time: `wall` in seconds since 1970, `ahead_s` of the server's clock."""
        own = lab.clock
        return {"wall": own.wall(), "ahead_s": own.ahead_s, "frozen": own.frozen}

    @admin.post("/_mock/clock/freeze", tags=["clock"])
    def freeze_clock(lab: Chosen) -> dict[str, Any]:
        """Stop the lab's clock. Waits go on: they are real."""
        lab.freeze_clock()
        return clock(lab)

    @admin.post("/_mock/clock/advance", tags=["clock"])
    def advance_clock(
        lab: Chosen, step: Annotated[dict[str, Any], Body(examples=[{"seconds": 60}])]
    ) -> dict[str, Any]:
        """Move the lab's clock forward, whether or not it stands still."""
        table = Table.of(step, "clock")
        lab.advance_clock(table.number("seconds"))
        table.only_known()
        return clock(lab)

    @admin.post("/_mock/clock/resume", tags=["clock"])
    def resume_clock(lab: Chosen) -> dict[str, Any]:
        """Let the lab's clock run on from where it stands."""
        lab.resume_clock()
        return clock(lab)

    @admin.get("/_mock/scenario", tags=["scenario"])
    def scenario(lab: Chosen) -> dict[str, Any]:
        """The scenario that was set last."""
        return lab.scenario().to_dict()

    @admin.put("/_mock/scenario", tags=["scenario"])
    def set_scenario(
        lab: Chosen, scenario: Annotated[dict[str, Any], Body(examples=[{"name": "healthy"}])]
    ) -> dict[str, Any]:
        """Play a shipped scenario, by {"name": …}, or one that is given in full."""
        table = Table.of(scenario, "scenario")
        if set(scenario) == {"name"}:
            name = table.text("name")
            if name not in shipped():
                raise table.fail("name", f"{name!r} is none of {', '.join(shipped())}")
            lab.set_scenario(name)
        else:
            lab.join_scenario(parse_scenario(table, "custom"), 0.0)
        return lab.scenario().to_dict()

    @admin.get("/_mock/answers", tags=["answers"])
    def answers(lab: Chosen) -> dict[str, Any]:
        """The rules that answer instead of the knowledge pack; empty if there are none."""
        rules = lab.answers()
        return rules.to_dict() if rules else {}

    @admin.put("/_mock/answers", tags=["answers"])
    def set_answers(
        lab: Chosen, answers: Annotated[dict[str, Any], Body(examples=[_ANSWERS])]
    ) -> dict[str, Any]:
        """Replace the rules; they count from the start."""
        lab.set_answers(answers)
        return answers

    @admin.delete("/_mock/answers", tags=["answers"])
    def clear_answers(lab: Chosen) -> dict[str, Any]:
        """End all rules, the scenario's too."""
        lab.set_answers(None)
        return {"cleared": True}

    @admin.get("/_mock/journal", tags=["evidence"])
    def journal(
        lab: Chosen,
        after: Annotated[int, Query(ge=0, description="the last sequence number seen")] = 0,
        limit: Annotated[int, Query(ge=1, le=PAGE)] = PAGE,
    ) -> dict[str, Any]:
        """The requests so far, in order of arrival, a page at a time."""
        entries = [entry for entry in lab.journal() if entry.sequence > after]
        return {
            "entries": [entry.to_dict() for entry in entries[:limit]],
            "more": len(entries) > limit,
        }

    @admin.get("/_mock/ledger", tags=["evidence"])
    def ledger(lab: Chosen) -> dict[str, Any]:
        """What the requests so far cost, in integer nano-dollars."""
        return lab.ledger().to_dict()

    @admin.get("/_mock/verdict", tags=["evidence"])
    def verdict(lab: Chosen) -> dict[str, Any]:
        """What the clients did well and badly, by the journal."""
        return lab.verdict().to_dict()

    @admin.get("/_mock/budgets", tags=["budgets"])
    def budgets(lab: Chosen) -> list[dict[str, Any]]:
        """The budgets, each with what it leaves today."""
        return [
            {"budget": budget.to_dict(), "left_nanodollars": left} for budget, left in lab.budgets()
        ]

    @admin.put("/_mock/budgets", tags=["budgets"])
    def set_budgets(
        lab: Chosen, budgets: Annotated[list[dict[str, Any]], Body(examples=[[_BUDGET]])]
    ) -> list[dict[str, Any]]:
        """Replace all budgets; what was spent before counts."""
        lab.set_budgets(budgets)
        return [budget.to_dict() for budget, _ in lab.budgets()]

    @admin.post("/_mock/reset", tags=["lab"])
    def reset(lab: Chosen) -> dict[str, Any]:
        """Empty journal and ledger, forget what was asked, go back to the server's scenario."""
        lab.reset()
        return {"reset": True}

    @admin.exception_handler(SettingError)
    def unusable(request: Request, error: Exception) -> JSONResponse:
        return _error(422, str(error))

    @admin.exception_handler(Refusal)
    def refused(request: Request, error: Exception) -> JSONResponse:
        status = status_of(error) if isinstance(error, Refusal) else 500
        return _error(status, str(error))

    @admin.exception_handler(RequestValidationError)
    def invalid(request: Request, error: Exception) -> JSONResponse:
        problems = error.errors() if isinstance(error, RequestValidationError) else []
        said = [f"{'.'.join(map(str, each['loc']))}: {each['msg']}" for each in problems]
        return _error(422, "; ".join(said))

    @admin.exception_handler(HTTPException)
    def failed(request: Request, error: Exception) -> JSONResponse:
        if not isinstance(error, HTTPException):
            return _error(500, str(error))
        said = str(error.detail)
        if error.status_code in (404, 405):
            said = f"{request.method} {request.url.path} is not there; see /_mock/openapi.json"
        return _error(error.status_code, said, error.headers)

    return admin


class _Described(FastAPI):
    """An app that describes what the server serves beside it as well."""

    def openapi(self) -> dict[str, Any]:
        description = super().openapi()
        description["paths"] |= provider_paths()
        return description


def _error(status: int, message: str, headers: Any = None) -> JSONResponse:
    if len(message) > _LONGEST_MESSAGE:
        message = f"{message[:_LONGEST_MESSAGE]}…"
    kind = "authentication_error" if status == 401 else "invalid_request_error"
    body = {"error": {"message": message, "type": kind, "param": None, "code": None}}
    return JSONResponse(body, status, headers)
