"""Reads a request for a message, or for a count of its tokens."""

from collections.abc import Mapping, Sequence
from hashlib import blake2b
from typing import TYPE_CHECKING, Any, Literal

import orjson

from mock_llm.evidence.visit import Visit
from mock_llm.injected.fault_kinds import MESSAGES
from mock_llm.model.generation import Ask
from mock_llm.model.marked_cache import MarkedCache
from mock_llm.model.models import Model, find_model
from mock_llm.model.own_models import note_unknown
from mock_llm.refusals import Refusal
from mock_llm.wire.anthropic import fields, params
from mock_llm.wire.anthropic.errors import invalid
from mock_llm.wire.anthropic.message import MessageJob
from mock_llm.wire.anthropic.prompt import Prompt, read_prompt
from mock_llm.wire.anthropic.thinking import read_plan
from mock_llm.wire.anthropic.traits import Traits, traits_of
from mock_llm.wire.json_schema import complaint
from mock_llm.wire.kinds import check

if TYPE_CHECKING:
    from mock_llm.model.answers import KnowledgePack

LONGEST_NAME = 512  # of a user or a feature: the ledger has an account for each
_CHOICES = ("auto", "any", "tool", "none")
# What says who asks and how the reply travels, but not what is asked.
_NOT_ASKED = frozenset(
    (
        "model",
        "stream",
        "metadata",
        "service_tier",
        "cache_control",
        "inference_geo",
        "speed",
        "diagnostics",
    )
)


def read_message(
    models: Mapping[str, Model],
    pack: "KnowledgePack",
    cache: MarkedCache,
    request: Mapping[str, Any],
) -> MessageJob:
    """The job that a request describes.

    Raises:
        Refusal: a field is missing, wrong or too large, or the model is not there.
    """
    model = model_for(models, request)
    traits = traits_of(model.kind)
    most = _max_tokens(request, model)
    check(params.MESSAGE, request)
    _check_sampling(request)
    plan = read_plan(request, traits, most)
    stops = _stops(request)
    choice, prompt = _prompt(request, traits)
    room = model.context_window - prompt.tokens
    if room <= 0:
        raise _too_long(prompt, model)
    wants, schema = _format(request)
    question = _question(request)
    return MessageJob(
        model=model,
        stream=request.get("stream") is True,
        wants_json=wants == "schema",
        content=f"{MESSAGES} {model.id} {question}",
        question=question,
        steady=False,
        ask=Ask(
            messages=prompt.messages,
            max_tokens=min(most, room),
            wants=wants,
            schema=schema,
            tools=_offered(prompt, choice),
            must_call=choice.get("type") in ("any", "tool"),
            parallel_calls=not fields.flag(choice, "disable_parallel_tool_use", "tool_choice."),
            effort=plan.effort if plan else "none",
        ),
        prompt=prompt,
        plan=plan,
        stops=stops,
        window_ends_first=room < most,
        cache=cache,
        cache_minimum=traits.cache_minimum,
        pack=pack,
    )


def count_body(models: Mapping[str, Model], request: Mapping[str, Any]) -> bytes:
    """The reply to a request for a count: what a message like it would have as its prompt.

    Raises:
        Refusal: a field is missing, wrong or too large, or the model is not there.
    """
    model = model_for(models, request)
    traits = traits_of(model.kind)
    check(params.MESSAGE, request)
    read_plan(request, traits, model.max_output)
    _format(request)
    _, prompt = _prompt(request, traits)
    return orjson.dumps({"input_tokens": prompt.tokens})


def model_for(models: Mapping[str, Model], request: Mapping[str, Any]) -> Model:
    """The model that a request names.

    Raises:
        Refusal: it names none, or one that does not exist.
    """
    name = fields.needed_text(request, "model")
    model = find_model(models, name)
    if model is None:
        raise unknown_model(name)
    return model


def unknown_model(name: str) -> Refusal:
    note_unknown(name)
    return Refusal("unknown_model", f"model: {name[:100]}", param="model")


def note_sender(visit: Visit, request: Mapping[str, Any], feature: str | None) -> None:
    """Who asks (`metadata.user_id`), and for which feature: the header X-Feature."""
    visit.feature = feature[:LONGEST_NAME] if feature else feature
    user = fields.text(fields.table(request, "metadata"), "user_id", "metadata.")
    if user and len(user) > LONGEST_NAME:
        raise invalid(
            f"metadata.user_id: String should have at most {LONGEST_NAME} characters",
            "metadata.user_id",
        )
    visit.user = user


def _max_tokens(request: Mapping[str, Any], model: Model) -> int:
    fields.needed(request, "max_tokens")
    most = fields.integer(request, "max_tokens", 0) or 0
    if most > model.max_output:
        raise invalid(
            f"max_tokens: {most} > {model.max_output}, which is the maximum allowed number of "
            f"output tokens for {model.asked_as}",
            "max_tokens",
        )
    return most


def _check_sampling(request: Mapping[str, Any]) -> None:
    """Parameters that these models no longer take, but for their usual values."""
    for name, usual in (("temperature", 1.0), ("top_p", 0.99)):
        given = fields.number(request, name, 0.0, 1.0)
        if given is not None and given != usual:
            raise invalid(f"`{name}` is deprecated for this model.", name)
    if fields.integer(request, "top_k", 0) is not None:
        raise invalid("`top_k` is deprecated for this model.", "top_k")


def _stops(request: Mapping[str, Any]) -> tuple[str, ...]:
    stops: Sequence[str] = request.get("stop_sequences") or ()
    if not all(stop.strip() for stop in stops):
        raise invalid(
            "stop_sequences: each stop sequence must contain non-whitespace", "stop_sequences"
        )
    return tuple(stops)


def _prompt(request: Mapping[str, Any], traits: Traits) -> tuple[Mapping[str, Any], Prompt]:
    """What is said about calling tools, and the whole prompt."""
    choice = fields.table(request, "tool_choice")
    forced = bool(choice) and fields.tag(choice, "tool_choice", _CHOICES) in ("any", "tool")
    if forced and not traits.forced_tools:
        raise invalid(
            'tool_choice: type "tool" and "any" are not supported for this model.', "tool_choice"
        )
    if choice.get("type") == "tool":
        fields.needed_text(choice, "name", "tool_choice.tool.")
    prompt = read_prompt(request, traits.forced_prompt if forced else traits.tools_prompt)
    if forced and not fields.rows(request, "tools"):
        raise invalid("tool_choice may only be specified while providing tools.", "tool_choice")
    return choice, prompt


def _offered(prompt: Prompt, choice: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The tools that may be called now."""
    kind = choice.get("type")
    if kind == "none":
        return []
    if kind != "tool":
        return prompt.tools
    named = [tool for tool in prompt.tools if tool["name"] == choice["name"]]
    if not named:
        raise invalid(f"Tool '{choice['name']}' not found in provided tools", "tool_choice")
    return named


def _format(request: Mapping[str, Any]) -> tuple[Literal["text", "schema"], Mapping[str, Any]]:
    config = request.get("output_config") or {}
    wanted: Mapping[str, Any] = config.get("format") or {}
    if not wanted:
        return "text", {}
    fields.tag(wanted, "output_config.format", ("json_schema",))
    fields.needed(wanted, "schema", "output_config.format.")
    schema = fields.table(wanted, "schema", "output_config.format.")
    wrong = complaint(schema)
    if wrong is not None:
        raise invalid(f"output_config.format.schema: Invalid schema: {wrong}", "output_config")
    return "schema", schema


def _too_long(prompt: Prompt, model: Model) -> Refusal:
    return Refusal(
        "context_length",
        f"prompt is too long: {prompt.tokens} tokens > {model.context_window} maximum",
        param="messages",
    )


def _question(request: Mapping[str, Any]) -> str:
    """Names what is asked: equal for equal requests, whoever sends them, cached or not."""
    asked = {key: _plain(value) for key, value in request.items() if key not in _NOT_ASKED}
    return blake2b(orjson.dumps(asked, option=orjson.OPT_SORT_KEYS), digest_size=16).hexdigest()


def _plain(value: Any) -> Any:
    """A value without the marks of what to cache."""
    if isinstance(value, dict):
        return {key: _plain(each) for key, each in value.items() if key != "cache_control"}
    if isinstance(value, list):
        return [_plain(each) for each in value]
    return value
