"""Responses that were made: retrieve (also as a stream again), cancel, delete, list their input."""

import orjson

from mock_llm.delivery import cut_short
from mock_llm.engine import failed
from mock_llm.evidence.visit import NOTHING
from mock_llm.kept import KeptResponse
from mock_llm.refusals import Refusal
from mock_llm.wire.kinds import check
from mock_llm.wire.openai import params
from mock_llm.wire.openai.objects import Call, deleted, no_such, page_of_items
from mock_llm.wire.openai.request import model_for
from mock_llm.wire.openai.response_events import response_events
from mock_llm.wire.openai.responses import not_done, shown
from mock_llm.wire.openai.responses_request import prompt_tokens_of, read_conversation
from mock_llm.wire.openai.tools import response_tools

_LOOKS_AGAIN_S = 0.05


async def retrieve(call: Call) -> bytes:
    """GET /v1/responses/{id}."""
    return orjson.dumps(shown(_found(call), call.now))


async def replay(call: Call) -> None:
    """GET /v1/responses/{id}?stream=true: its events, from `starting_after` on.

    One that is not done yet is waited for.

    Raises:
        Refusal: there is no such response.
        ClientGone: the client left.
    """
    after = call.asked_number("starting_after", -1, 0, 1 << 31)
    content = f"GET {call.line.path} stream"
    if await failed(call.lab, call.visit, content, call.line, stream=True):
        return
    kept: KeptResponse | None = _found(call)
    call.visit.stream = True
    await call.line.start(0)
    while kept is not None and call.now < kept.done_at:
        await call.line.until(call.line.elapsed + _LOOKS_AGAIN_S)
        kept = call.lab.kept.responses.get(call.id)
    events = [event for _, event in response_events(kept.reply)] if kept else []
    call.visit.close("ok", 200)
    await call.line.push(b"".join(events[after + 1 :]), last=True)


async def delete(call: Call) -> bytes:
    """DELETE /v1/responses/{id}."""
    if call.lab.kept.responses.drop(call.id) is None:
        raise _unknown(call)
    return deleted(call.id, "response")


async def cancel(call: Call) -> bytes:
    """POST /v1/responses/{id}/cancel: one that runs in the background, before it is done.

    It costs what was made of it by then.

    Raises:
        Refusal: there is no such response, or it does not run in the background.
    """
    if not _found(call).reply["background"]:
        raise Refusal("invalid_value", "Cannot cancel a synchronous response.")
    now = call.now
    stopped: list[KeptResponse] = []

    def cancelled(kept: KeptResponse) -> tuple[KeptResponse, int]:
        if now >= kept.done_at:
            return kept, kept.size
        stopped.append(kept)
        reply = not_done(kept.reply, "cancelled")
        return KeptResponse(reply, kept.items, kept.chat, now, now, kept.size), kept.size

    kept = call.lab.kept.responses.change(call.id, cancelled)
    for each in stopped:
        _pay_until(each, now)
    return orjson.dumps(shown(kept or _found(call), now))


async def list_items(call: Call) -> bytes:
    """GET /v1/responses/{id}/input_items: the newest first."""
    return page_of_items(call, _found(call).items, order="desc")


async def count_input(call: Call) -> bytes:
    """POST /v1/responses/input_tokens: what a request would count, without running a model."""
    some = next(id for id, model in call.models.items() if model.serves == "chat")
    model = model_for(call.models, {"model": some, **call.request}, "chat")
    check(params.INPUT_TOKENS, call.request)
    before, given, instructions = read_conversation(call.lab, call.request)
    tools = response_tools(call.request).offered
    chat = [*instructions, *before, *given.chat]
    count = prompt_tokens_of(call.lab, model, chat, tools)
    return orjson.dumps({"object": "response.input_tokens", "input_tokens": count})


def _pay_until(kept: KeptResponse, now: float) -> None:
    """Bill a response that ends before it is done: nothing if it waited, else what there was."""
    if kept.work is None:
        return
    visit, made = kept.work

    def cut() -> None:
        spent = (now - kept.starts_at) / (kept.done_at - kept.starts_at)
        cut_short(visit, made, int(made.steps * max(0.0, spent)))
        if spent < 0.0:
            visit.usage = NOTHING

    visit.cancel(cut)


def _found(call: Call) -> KeptResponse:
    kept = call.lab.kept.responses.get(call.id)
    if kept is None:
        raise _unknown(call)
    return kept


def _unknown(call: Call) -> Refusal:
    return no_such("Response with id", call.id)
