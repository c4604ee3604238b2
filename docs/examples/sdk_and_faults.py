"""What the official openai SDK makes of every fault: hide it, raise it, or pass it through.

    python docs/examples/sdk_and_faults.py > docs/examples/sdk_and_faults.json

Each fault strikes once. Without retries that shows what the caller gets; with the SDK's usual two
retries, whether the caller notices at all, and how many requests it took. Kinds as arguments show
these alone.
"""

import json
import sys
from collections.abc import Iterable, Mapping
from typing import Any

import httpx2
import openai

from mock_llm import MockLLM
from mock_llm.control import LabControl
from mock_llm.injected.fault_kinds import KINDS, Kind

QUESTION = "Which laptop under $900 would you recommend for a student?"
TIMEOUT_S = 0.5
# The waits as short as they can be; the outcome is the same.
SETTINGS: Mapping[str, Mapping[str, Any]] = {
    "rate_limited": {"retry_after_s": 0.01},
    "unavailable": {"retry_after_s": 0.01},
    "trickle": {"bytes_each": 200, "every_s": 0.01},
}
FORM = {
    "type": "json_schema",
    "json_schema": {
        "name": "pick",
        "schema": {
            "type": "object",
            "properties": {"product": {"type": "string"}, "price": {"type": "number"}},
            "required": ["product", "price"],
        },
    },
}

Seen = dict[str, Any]


def ask(sdk: openai.OpenAI, kind: Kind) -> Seen:
    """What a caller sees: an exception, or the reply's essence."""
    more: dict[str, Any] = {"response_format": FORM} if kind.asks == "json" else {}
    if kind.asks == "stream":
        more |= {"stream": True, "stream_options": {"include_usage": True}}
    try:
        reply = sdk.chat.completions.create(
            model="gpt-6-luna",
            messages=[{"role": "user", "content": QUESTION}],
            seed=1,
            **more,
        )
        return _streamed(reply) if kind.asks == "stream" else _whole(reply)
    except Exception as error:
        seen: Seen = {"exception": type(error).__name__}
        if isinstance(error, openai.APIStatusError):
            seen["status"] = error.status_code
        return seen


def _whole(reply: Any) -> Seen:
    (choice,) = reply.choices
    return {
        "text": choice.message.content or "",
        "refusal": choice.message.refusal,
        "finish_reason": choice.finish_reason,
        "completion_tokens": reply.usage.completion_tokens if reply.usage else None,
    }


def _streamed(stream: Any) -> Seen:
    chunks = list(stream)
    choices = [chunk.choices[0] for chunk in chunks if chunk.choices]
    usage = chunks[-1].usage if chunks else None
    return {
        "text": "".join(choice.delta.content or "" for choice in choices),
        "refusal": None,
        "finish_reason": choices[-1].finish_reason if choices else None,
        "completion_tokens": usage.completion_tokens if usage else None,
    }


def judge(seen: Seen, sound: Seen, requests: int) -> Seen:
    """In one word what became of a fault, and by what one sees it."""
    if "exception" in seen:
        return {"outcome": "raises", **seen, "requests": requests}
    if seen != sound:
        differs = [name for name in sound if seen[name] != sound[name]]
        return {"outcome": "passes through", "differs": differs, "requests": requests}
    return {"outcome": "hidden" if requests > 1 else "harmless", "requests": requests}


def observe(url: str, lab: LabControl, name: str) -> Seen:
    """One kind of fault, without and with the SDK's retries."""
    kind = KINDS[name]
    found: Seen = {"kind": name, "place": kind.place, "wire": kind.says}
    for retries in (0, 2):
        with openai.OpenAI(
            base_url=f"{url}/v1",
            api_key=lab.api_key,
            max_retries=retries,
            timeout=TIMEOUT_S,
            http_client=httpx2.Client(trust_env=False),
        ) as sdk:
            lab.reset()
            sound = ask(sdk, kind)
            lab.reset()
            lab.add_fault(name, times=1, **SETTINGS.get(name, {}))
            seen = ask(sdk, kind)
            lab.wait_until_idle()
            found[f"max_retries_{retries}"] = judge(seen, sound, len(lab.journal()))
    return found


def table(kinds: Iterable[str]) -> list[Seen]:
    """A row for each kind of fault."""
    with MockLLM("instant", seed=7) as mock:
        lab = mock.lab("sk-sdk-and-faults")
        return [observe(mock.url, lab, name) for name in kinds]


if __name__ == "__main__":
    json.dump(
        {"openai": openai.__version__, "faults": table(sys.argv[1:] or KINDS)}, sys.stdout, indent=1
    )
    print()
