"""The admin interface under /_mock/: read and set what a lab does, read what it saw.

The lab is chosen by the same bearer key as everywhere; nothing here shows another one's. Where the
server has an admin token, every call but `health` also needs it, in the header X-Admin-Token.
"""

import hmac
from typing import Annotated, Any

from fastapi import Body, Depends, FastAPI, Header, Query, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from mock_llm.faults import parse_fault
from mock_llm.lab import Lab
from mock_llm.labs import Labs
from mock_llm.refusals import Refusal
from mock_llm.scenario import load_scenario, shipped
from mock_llm.wire.asgi import App
from mock_llm.wire.openai_errors import status_of
from mock_llm.yamlfile import SettingError, Table

PAGE = 5_000
_FAULT = {"kind": "rate_limited", "probability": 0.1, "retry_after_s": 2}
_LATENCY = {"ttft_median_s": 0.35, "ttft_p99_s": 1.2, "model": "gpt-6.1-sol"}


def make_admin(labs: Labs, admin_token: str | None) -> App:
    """The admin interface of a server."""

    def chosen(
        authorization: Annotated[str, Header()] = "",
        x_admin_token: Annotated[str, Header()] = "",
    ) -> Lab:
        if admin_token and not hmac.compare_digest(x_admin_token.encode(), admin_token.encode()):
            raise HTTPException(401, "This server asks for its admin token (X-Admin-Token).")
        scheme, _, key = authorization.partition(" ")
        if scheme.lower() != "bearer" or not key.strip():
            raise HTTPException(401, "Choose a lab by its API key (Authorization: Bearer KEY).")
        return labs.open(key.strip())

    Chosen = Annotated[Lab, Depends(chosen)]
    admin = FastAPI(
        title="mock_llm admin",
        description=__doc__,
        openapi_url="/_mock/openapi.json",
        docs_url=None,  # both pages load their scripts from a CDN
        redoc_url=None,
    )

    @admin.get("/_mock/health", tags=["server"])
    def health() -> dict[str, Any]:
        """Whether the server is up; needs no key."""
        return {"status": "ok", "labs": len(labs), "scenarios": shipped()}

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

    @admin.get("/_mock/scenario", tags=["scenario"])
    def scenario(lab: Chosen) -> dict[str, Any]:
        """The scenario that was set last."""
        return lab.scenario().to_dict()

    @admin.put("/_mock/scenario", tags=["scenario"])
    def set_scenario(
        lab: Chosen, scenario: Annotated[dict[str, Any], Body(examples=[{"name": "healthy"}])]
    ) -> dict[str, Any]:
        """Play a shipped scenario, by {"name": …}, or one that is given in full."""
        if set(scenario) == {"name"}:
            name = scenario["name"]
            if name not in shipped():
                raise SettingError(f"scenario: name: {name!r} is none of {', '.join(shipped())}")
            lab.set_scenario(str(name))
        else:
            lab.set_scenario(load_scenario(scenario).to_dict())
        return lab.scenario().to_dict()

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


def _error(status: int, message: str, headers: Any = None) -> JSONResponse:
    kind = "authentication_error" if status == 401 else "invalid_request_error"
    body = {"error": {"message": message, "type": kind, "param": None, "code": None}}
    return JSONResponse(body, status, headers)
