"""Answers of one's own: rules from a YAML file that speak instead of the knowledge pack.

otherwise: error                     # what no rule fits: knowledge (as without rules), or error
rules:                               # looked at in this order; the first that fits answers
  - name: weather
    match: {regex: 'weather in (?P<city>\\w+)'}
    reply: It is sunny in ${city}.
  - match: {contains: order, user: ann}
    replies: [Which order?, {text: It is on its way., latency: {ttft_s: 2}}]
    on_end: cycle                    # after the last one: last (it stays), cycle, or fall_through

Conditions are in `mock_llm.scripted.rule_match`, replies in `mock_llm.scripted.rule_replies`, gaps
in texts in `mock_llm.scripted.templates`. Rules answer chat completions, responses, legacy
completions (each prompt on its own) and Anthropic's messages alike; all choices of a request (`n`)
are the same reply. A request that fails before the model runs is not counted by any rule.

Rules are the same for every lab that has them; how far a sequence has come is each lab's own, in
the order in which its requests reach the model, and begins anew when the lab is reset, when a
scenario begins and when rules are set.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, get_args

import orjson

from mock_llm.bounded_regex import MOST_SEARCH_S
from mock_llm.refusals import Refusal
from mock_llm.scripted.rule_match import Asked, Match, parse_match
from mock_llm.scripted.rule_replies import RuleReply, Told, parse_reply
from mock_llm.scripted.templates import FIELDS, Value, at_path
from mock_llm.yamlfile import SettingError, Table, read

OnEnd = Literal["last", "cycle", "fall_through"]
Otherwise = Literal["knowledge", "error"]
KEYS = ("rules", "otherwise", "description")
MOST_RULES = 1_000
_SHOWN = 80  # characters of a text in a message


@dataclass(frozen=True, slots=True)
class Rule:
    """Whom it is for, and what it says, one reply after the other."""

    name: str
    match: Match
    replies: Sequence[RuleReply]
    on_end: OnEnd = "last"

    def reply(self, number: int) -> RuleReply | None:
        """The reply to the number-th request that is meant; None if there is none any more."""
        if number <= len(self.replies):
            return self.replies[number - 1]
        if self.on_end == "cycle":
            return self.replies[(number - 1) % len(self.replies)]
        return self.replies[-1] if self.on_end == "last" else None


@dataclass(frozen=True, slots=True)
class Rules:
    """The rules of a file. `plain` is the file's content, for sending it on."""

    rules: Sequence[Rule] = field(compare=False)
    otherwise: Otherwise = field(compare=False)
    plain: Mapping[str, Any]

    def to_dict(self) -> dict[str, Any]:
        """The rules as their file writes them."""
        return dict(self.plain)


class Rulebook:
    """Rules in force in one lab, with their counters. The caller holds the lab's lock."""

    def __init__(self, rules: Rules) -> None:
        self.rules = rules
        self._fitted = [0] * len(rules.rules)
        self._answered = [0] * len(rules.rules)

    def tell(self, asked: Asked) -> Told | None:
        """What the model is to say; None leaves it to what the model knows.

        Raises:
            Refusal: a rule answers with an error, no rule fits and the file is strict, or it takes
                too long to find out.
        """
        try:
            return self._tell(asked)
        except TimeoutError as error:
            raise _too_slow(asked) from error

    def _tell(self, asked: Asked) -> Told | None:
        for place, rule in enumerate(self.rules.rules):
            if not rule.match.fits(asked):
                continue
            self._fitted[place] += 1
            if not rule.match.counts(self._fitted[place]):
                continue
            reply = rule.reply(self._answered[place] + 1)
            if reply is None:
                continue
            self._answered[place] += 1
            return reply.told(rule.name, _values(asked, rule.match, self._answered[place]))
        if self.rules.otherwise == "error":
            raise _unmatched(self.rules.rules, asked)
        return None


def load_rules(source: str | Path | Mapping[str, object]) -> Rules:
    """Rules from a YAML file or from plain data.

    Raises:
        SettingError: naming the file, the key and what is wrong with it.
    """
    if not isinstance(source, str | Path):
        return parse_rules(Table.of(source, "answers"))
    path = Path(source)
    if not path.is_file():
        raise SettingError(f"answers {str(source)!r}: there is no such file")
    return parse_rules(read(path))


def parse_rules(table: Table) -> Rules:
    """The rules in a table.

    Raises:
        SettingError: naming the key and what is wrong with it.
    """
    table.only_known(*KEYS)
    table.text("description", "")
    rules = [_rule(each, number) for number, each in enumerate(table.tables("rules"), 1)]
    if len(rules) > MOST_RULES:
        raise table.fail("rules", f"has {len(rules)} rules, {MOST_RULES:,} are allowed")
    for place, rule in enumerate(rules):
        if any(rule.name == each.name for each in rules[:place]):
            raise table.fail("rules", f"two rules are called {rule.name!r}")
    otherwise = _one_of(table, "otherwise", "knowledge", *get_args(Otherwise))
    if not rules:
        raise table.fail("rules", "has no rule")
    # As JSON has it, because it may be sent to a server; a date becomes a text.
    try:
        plain = orjson.loads(orjson.dumps({key: table.raw(key) for key in KEYS if key in table}))
    except TypeError as error:
        raise table.fail("rules", f"hold a value that JSON has not ({error})") from error
    return Rules(rules, otherwise, plain)  # type: ignore[arg-type]  # one of its values


def _rule(table: Table, number: int) -> Rule:
    table.only_known("name", "match", "reply", "replies", "on_end")
    name = table.text("name", f"rule {number}")
    on_end = _one_of(table, "on_end", "last", *get_args(OnEnd))
    match = parse_match(table.table("match"))
    hidden = [name for name in match.groups if name in ("request", *FIELDS)]
    if hidden:
        raise table.fail("match", f"the group {hidden[0]!r} has a name that templates know already")
    if ("reply" in table) == ("replies" in table):
        raise table.fail("reply", "needs either a reply or a list of replies")
    is_one = "reply" in table
    given = [table.text_or_table("reply")] if is_one else table.texts_or_tables("replies")
    replies = [
        parse_reply(each, match.groups, table, "reply" if is_one else f"replies[{place}]")
        for place, each in enumerate(given, 1)
    ]
    if not replies:
        raise table.fail("replies", "has no reply")
    return Rule(name, match, replies, on_end)  # type: ignore[arg-type]  # one of its values


def _one_of(table: Table, key: str, default: str, *known: str) -> str:
    given = table.text(key, default)
    if given not in known:
        raise table.fail(key, f"{given!r} is none of {', '.join(known)}")
    return given


def _values(asked: Asked, match: Match, count: int) -> Value:
    """What fills the gaps of the reply that a rule gives as its count-th."""

    def value(name: str) -> object:
        if name.startswith("request"):
            return at_path(asked.request, name)
        if name == "count":
            return count
        if name in FIELDS and name != "match":
            return getattr(asked, name)
        found = match.found(asked)
        if found is None:
            return None
        return found.group() if name == "match" else found[name]

    return value


def _too_slow(asked: Asked) -> Refusal:
    return Refusal(
        "invalid_value",
        f"mock_llm: the rules' regular expressions take more than {MOST_SEARCH_S} s to search the "
        f"last user text ({len(asked.last)} characters).",
        code="rules_too_slow",
    )


def _unmatched(rules: Sequence[Rule], asked: Asked) -> Refusal:
    """Which request had no rule, and which rule came nearest."""
    said = asked.last if len(asked.last) <= _SHOWN else f"{asked.last[:_SHOWN]}…"
    nearest = max(rules, key=lambda rule: rule.match.likeness(asked))
    why = "; ".join(nearest.match.misses(asked)) or "it has answered as often as it does"
    return Refusal(
        "invalid_value",
        f"mock_llm: no rule answers this request ({asked.endpoint}, model {asked.model}, "
        f"last user text {said!r}). The nearest is {nearest.name!r}: {why}.",
        code="no_rule",
    )
