"""Reads the tools that a request offers, in the formats of chat completions and responses.

A custom tool takes a text instead of arguments; inside it is a function with the one argument
`input`. The older `functions` are tools under another name.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from mock_llm.refusals import Refusal
from mock_llm.wire import fields
from mock_llm.wire.openai.schemas import check_name, check_parameters

Json = Mapping[str, Any]

_ONE_TEXT = {
    "type": "object",
    "properties": {"input": {"type": "string"}},
    "required": ["input"],
    "additionalProperties": False,
}
_CHOICES = "'none', 'auto', 'required' or an object that names a tool"


@dataclass(frozen=True, slots=True)
class Tools:
    """What may be called, as functions, and whether something has to be.

    `custom` are the names of custom tools. `legacy` says that they were given as `functions`.
    """

    offered: Sequence[Json] = ()
    must_call: bool = False
    custom: frozenset[str] = frozenset()
    legacy: bool = False


NO_TOOLS = Tools()


def chat_tools(request: Json) -> Tools:
    """The tools of a chat completion.

    Raises:
        Refusal: a tool or the choice is wrong.
    """
    if request.get("functions") and not request.get("tools"):
        return _functions(request)
    given = fields.listed(request, "tools")
    return _choose(request, given, _chat_tool, _chat_choice)


def response_tools(request: Json) -> Tools:
    """The tools of a response.

    Raises:
        Refusal: a tool or the choice is wrong, or a tool is one that the provider would run.
    """
    given = fields.listed(request, "tools")
    return _choose(request, given, _response_tool, lambda choice: choice.get("name"))


def _choose(
    request: Json,
    given: list[Any],
    read: Callable[[Json, str], tuple[Json, bool]],
    named: Callable[[Json], object],
) -> Tools:
    choice = request.get("tool_choice")
    if not given:
        if choice in (None, "auto", "none"):
            return NO_TOOLS
        raise Refusal(
            "invalid_value",
            "'tool_choice' is only allowed when 'tools' are specified.",
            param="tool_choice",
        )
    offered: dict[str, Json] = {}
    custom = set()
    for number, tool in enumerate(given):
        where = f"tools[{number}]"
        if not isinstance(tool, dict):
            raise fields.wrong_type(where, "an object", tool)
        function, is_custom = read(tool, where)
        name = function["function"]["name"] if "function" in function else function["name"]
        offered[name] = function
        if is_custom:
            custom.add(name)
    chosen, must_call = _chosen(choice, list(offered), named)
    return Tools([offered[name] for name in chosen], must_call, frozenset(custom))


def _chosen(
    choice: object, names: list[str], named: Callable[[Json], object]
) -> tuple[list[str], bool]:
    """The names that may be called, and whether one has to be."""
    if choice is None or choice == "auto":
        return names, False
    if choice == "none":
        return [], False
    if choice == "required":
        return names, True
    if not isinstance(choice, dict):
        raise fields.out_of_range("tool_choice", _CHOICES, choice)
    if choice.get("type") == "allowed_tools":
        allowed = fields.table(choice, "allowed_tools", "tool_choice.allowed_tools") or choice
        listed = [named(tool) for tool in fields.listed(allowed, "tools") if isinstance(tool, dict)]
        return [name for name in names if name in listed], allowed.get("mode") == "required"
    name = named(choice)
    if name not in names:
        raise fields.out_of_range("tool_choice", "the name of a tool that is offered", name)
    return [str(name)], True


def _chat_choice(choice: Json) -> object:
    for kind in ("function", "custom"):
        if choice.get(kind) is not None:
            return fields.table(choice, kind, f"tool_choice.{kind}").get("name")
    return None


def _chat_tool(tool: Json, where: str) -> tuple[Json, bool]:
    if tool.get("type") == "custom":
        custom = fields.table(tool, "custom", f"{where}.custom")
        return {"type": "function", "function": _custom(custom, f"{where}.custom")}, True
    function = fields.table(tool, "function", f"{where}.function")
    if not isinstance(function.get("name"), str):
        raise fields.missing(f"{where}.function.name")
    _check_function(function, f"{where}.function")
    return tool, False


def _response_tool(tool: Json, where: str) -> tuple[Json, bool]:
    kind = fields.needed_text(tool, "type")
    if kind == "custom":
        return {"type": "function", **_custom(tool, where)}, True
    if kind != "function":
        raise Refusal(
            "invalid_value",
            f"Hosted tool '{kind[:60]}' is not supported with this model.",
            param=f"{where}.type",
        )
    if not isinstance(tool.get("name"), str) or not tool["name"]:
        raise fields.missing(f"{where}.name")
    _check_function(tool, where)
    return tool, False


def _check_function(function: Json, where: str) -> None:
    check_name(function["name"], f"{where}.name")
    parameters = fields.table(function, "parameters", f"{where}.parameters")
    strict = function.get("strict") is True
    check_parameters(parameters, function["name"], f"{where}.parameters", strict=strict)


def _custom(tool: Json, where: str) -> Json:
    if not isinstance(tool.get("name"), str) or not tool["name"]:
        raise fields.missing(f"{where}.name")
    check_name(tool["name"], f"{where}.name")
    form = fields.table(tool, "format", f"{where}.format")
    if form.get("type", "text") != "text":
        raise fields.out_of_range(f"{where}.format.type", "'text'", form.get("type"))
    description = tool.get("description") or ""
    return {"name": tool["name"], "description": description, "parameters": _ONE_TEXT}


def _functions(request: Json) -> Tools:
    offered: dict[str, Json] = {}
    for number, function in enumerate(fields.listed(request, "functions")):
        if not isinstance(function, dict):
            raise fields.wrong_type(f"functions[{number}]", "an object", function)
        if not isinstance(function.get("name"), str):
            raise fields.missing(f"functions[{number}].name")
        _check_function(function, f"functions[{number}]")
        offered[function["name"]] = {"type": "function", "function": function}
    choice = request.get("function_call")
    names, must_call = _chosen(choice, list(offered), lambda chosen: chosen.get("name"))
    return Tools([offered[name] for name in names], must_call, legacy=True)
