"""Which requests a rule is for: all that it is given must hold.

equals: the last user text, spaces at its ends aside
contains: a text, or several, that all occur in the last user text; small and capital letters alike
regex: a regular expression that is found in the last user text; its named groups fill templates
system: a text that occurs in the system prompt; small and capital letters alike
model, user, endpoint: one, or a list; `*` stands for anything
tools: whether any tools are offered; tool: the name of one that is
tool_result: whether the last message is a tool's result
json: whether JSON is asked for; stream: whether the reply is to be streamed
times: only the first n requests for which all of the above holds; nth: only the nth, or some
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from fnmatch import fnmatchcase
from functools import cached_property
from typing import Any

from mock_llm.bounded_json import load_json
from mock_llm.bounded_regex import Found, Patience, Pattern, compile_bounded
from mock_llm.injected.fault_kinds import ANSWERING
from mock_llm.yamlfile import Table

Message = Mapping[str, Any]
# Who searches longer texts than this for a pattern waits too long.
_SEARCHED = 100_000


@dataclass(frozen=True)
class Asked:
    """What rules look at in a request, in no provider's words."""

    endpoint: str
    model: str
    messages: Sequence[Message]
    user: str | None = None
    stream: bool = False
    wants_json: bool = False
    tools: Sequence[Mapping[str, Any]] = ()
    body: bytes = b""

    @cached_property
    def last(self) -> str:
        """What the user said last; if nobody is the user, what was said last."""
        for message in reversed(self.messages):
            if message.get("role") == "user":
                return _text(message)
        return _text(self.messages[-1]) if self.messages else ""

    @cached_property
    def system(self) -> str:
        """The system prompt."""
        return "\n".join(
            _text(each) for each in self.messages if each.get("role") in ("system", "developer")
        )

    @cached_property
    def patience(self) -> Patience:
        """The time that all searches in this request may take together."""
        return Patience()

    @cached_property
    def request(self) -> object:
        """The request's JSON."""
        try:
            return load_json(self.body)
        except ValueError:
            return None

    @property
    def tool_names(self) -> list[str]:
        named = (tool.get("function") or tool for tool in self.tools)
        return [str(each.get("name")) for each in named if isinstance(each, Mapping)]

    @property
    def ends_in_tool_result(self) -> bool:
        return bool(self.messages) and self.messages[-1].get("role") in ("tool", "function")


@dataclass(frozen=True, slots=True)
class Match:
    """The conditions of one rule. What is None or empty is not asked."""

    equals: str | None = None
    contains: Sequence[str] = ()
    regex: Pattern | None = None
    system: str | None = None
    model: Sequence[str] = ()
    user: Sequence[str] = ()
    endpoint: Sequence[str] = ()
    tools: bool | None = None
    tool: str | None = None
    tool_result: bool | None = None
    json: bool | None = None
    stream: bool | None = None
    times: int | None = None
    nth: Sequence[int] = ()

    @property
    def groups(self) -> Sequence[str]:
        """The names that its regular expression gives."""
        return tuple(self.regex.groupindex) if self.regex else ()

    def fits(self, asked: Asked) -> bool:
        """Whether a request is meant, leaving aside how many there were before."""
        return next(self.misses(asked), None) is None

    def found(self, asked: Asked) -> Found | None:
        """Where the regular expression fits; None if it does not, or there is none.

        Raises:
            TimeoutError: the searches in this request take too long.
        """
        if self.regex is None:
            return None
        return asked.patience.search(self.regex, asked.last[:_SEARCHED])

    def counts(self, number: int) -> bool:
        """Whether the request is meant that fits as the number-th."""
        if self.times is not None and number > self.times:
            return False
        return not self.nth or number in self.nth

    def misses(self, asked: Asked) -> Iterator[str]:
        """The conditions that a request fails, each in a few words."""
        yield from self._misses_in_text(asked)
        for name, given, wanted in (
            ("model", asked.model, self.model),
            ("user", asked.user, self.user),
            ("endpoint", asked.endpoint, self.endpoint),
        ):
            if wanted and not _is_one_of(given, wanted):
                yield f"{name} is {given or 'not given'}, not {' or '.join(wanted)}"
        if self.tool is not None and self.tool not in asked.tool_names:
            yield f"no tool {self.tool!r} is offered"
        for is_so, wished, said_no, said_yes in (
            (bool(asked.tools), self.tools, "no tools are offered", "tools are offered"),
            (
                asked.ends_in_tool_result,
                self.tool_result,
                "the last message is no tool's result",
                "the last message is a tool's result",
            ),
            (asked.wants_json, self.json, "no JSON is asked for", "JSON is asked for"),
            (asked.stream, self.stream, "the reply is not streamed", "the reply is streamed"),
        ):
            if wished is not None and wished is not is_so:
                yield said_no if wished else said_yes

    def _misses_in_text(self, asked: Asked) -> Iterator[str]:
        last = asked.last
        if self.equals is not None and last.strip() != self.equals.strip():
            yield f"the text is not equal to {self.equals!r}"
        lowered = last.lower() if self.contains else ""
        for wanted in self.contains:
            if wanted.lower() not in lowered:
                yield f"the text does not contain {wanted!r}"
        if self.regex is not None and not self.found(asked):
            yield f"the text does not match {self.regex.pattern!r}"
        if self.system is not None and self.system.lower() not in asked.system.lower():
            yield f"the system prompt does not contain {self.system!r}"

    def likeness(self, asked: Asked) -> float:
        """How near a request comes, for telling its author which rule was nearly right."""
        wanted = self.equals or " ".join(self.contains) or ""
        if not wanted and self.regex:
            wanted = self.regex.pattern
        same = SequenceMatcher(None, wanted[:200].lower(), asked.last[:200].lower()).ratio()
        return same - sum(1 for _ in self.misses(asked))


def parse_match(table: Table) -> Match:
    """The conditions in a table.

    Raises:
        SettingError: naming the key and what is wrong with it.
    """
    match = Match(
        equals=_given(table, "equals"),
        contains=texts(table, "contains"),
        regex=_regex(table),
        system=_given(table, "system"),
        model=texts(table, "model"),
        user=texts(table, "user"),
        endpoint=_endpoints(table),
        tools=flag(table, "tools"),
        tool=_given(table, "tool"),
        tool_result=flag(table, "tool_result"),
        json=flag(table, "json"),
        stream=flag(table, "stream"),
        times=table.integer("times", least=1) if "times" in table else None,
        nth=_nth(table),
    )
    table.only_known()
    return match


def flag(table: Table, key: str) -> bool | None:
    """true or false; None if it is absent.

    Raises:
        SettingError: it is something else.
    """
    value = table.raw(key)
    if value is not None and not isinstance(value, bool):
        raise table.fail(key, f"expected true or false, got {value!r}")
    return value


def texts(table: Table, key: str) -> Sequence[str]:
    """A text, or a list of texts; empty if it is absent.

    Raises:
        SettingError: it is something else.
    """
    value = table.raw(key)
    listed = value if isinstance(value, list) else [] if value is None else [value]
    if not all(isinstance(each, str) for each in listed):
        raise table.fail(key, f"expected text or a list of texts, got {value!r}")
    return tuple(listed)


def _given(table: Table, key: str) -> str | None:
    return table.text(key) if key in table else None


def _regex(table: Table) -> Pattern | None:
    if "regex" not in table:
        return None
    try:
        return compile_bounded(table.text("regex"))
    except ValueError as error:
        raise table.fail("regex", f"is no regular expression ({error})") from error


def _endpoints(table: Table) -> Sequence[str]:
    """Endpoints' paths, also from "chat/completions" or "chat.completions"."""
    found = []
    for given in texts(table, "endpoint"):
        path = "/v1/" + given.removeprefix("/v1/").strip("/").replace(".", "/")
        if path not in ANSWERING:
            raise table.fail("endpoint", f"{given!r} is none of {', '.join(sorted(ANSWERING))}")
        found.append(path)
    return tuple(found)


def _nth(table: Table) -> Sequence[int]:
    value = table.raw("nth")
    listed = value if isinstance(value, list) else [] if value is None else [value]
    found = [each for each in listed if isinstance(each, int) and not isinstance(each, bool)]
    if len(found) < len(listed):
        raise table.fail("nth", f"expected a whole number or a list of them, got {value!r}")
    if any(each < 1 for each in found):
        raise table.fail("nth", "counts from 1")
    return tuple(found)


def _is_one_of(given: str | None, wanted: Sequence[str]) -> bool:
    return given is not None and any(fnmatchcase(given, each) for each in wanted)


def _text(message: Message) -> str:
    content = message.get("content")
    if isinstance(content, str):
        return content
    if not isinstance(content, list | tuple):
        return ""
    parts = [part.get("text") for part in content if isinstance(part, Mapping)]
    return "\n".join(part for part in parts if isinstance(part, str))
