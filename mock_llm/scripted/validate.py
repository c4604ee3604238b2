"""Checks scenario files, files of rules and recordings, and says everything that is wrong.

What a file is, its content decides: JSON lines that begin as a recording; a mapping with `rules`
(answers of one's own); any other mapping is a scenario.
"""

from collections.abc import Callable, Sequence
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from mock_llm.bounded_regex import Patience, Pattern
from mock_llm.model.models import load_models
from mock_llm.scenario import parse_scenario
from mock_llm.scripted.placed import Finding, Marked, MarkedList, all_mistakes, read_marked
from mock_llm.scripted.recording import FORMAT, exchanges
from mock_llm.scripted.rule_match import Match
from mock_llm.scripted.rules import Rule, Rules, parse_rules
from mock_llm.yamlfile import SettingError, Table, nearest

Note = Callable[[Finding], None]


def check(path: Path) -> list[Finding]:
    """Everything that is wrong with a file, by line; warnings among it."""
    found: set[Finding] = set()
    try:
        with path.open("rb") as file:
            beginning = file.read(1_000)
        if FORMAT.encode() in beginning.partition(b"\n")[0]:
            _check_recording(path, found.add)
        else:
            _check_yaml(path, found.add)
    except OSError as error:
        found.add(Finding(str(path), 1, "file", f"cannot be read ({error.strerror or error})"))
    return sorted(each for each in found if not _follows(each, found))


def _follows(finding: Finding, others: set[Finding]) -> bool:
    """Whether it is about a gap named by a group of an expression that is itself wrong."""
    rule, reply, _ = finding.key.partition(": repl")
    if not reply or "is none of model, endpoint" not in finding.problem:
        return False
    return any(each.file == finding.file and each.key == f"{rule}: match: regex" for each in others)


def kind_of(path: Path) -> str:
    """What a file that can be used is, in a word or two."""
    with path.open("rb") as file:
        if FORMAT.encode() in file.readline(1_000):
            return "recording"
    content = read_marked(path, lambda finding: None)
    return "answers" if content is not None and "rules" in content else "scenario"


def _check_recording(path: Path, note: Note) -> None:
    problems: list[tuple[int, str]] = []
    try:
        for _ in exchanges(path, problems):
            pass
    except SettingError as error:
        note(Finding(str(path), 1, "recording", str(error)))
    for line, problem in problems:
        note(Finding(str(path), line, "exchange", problem))


def _check_yaml(path: Path, tell: Note, own: Sequence[str] = ()) -> None:
    """`own` are models that the scenario has which names this file."""
    content = read_marked(path, tell)
    if content is None:
        return
    file = str(path)
    mistakes: list[Finding] = []

    def note(finding: Finding) -> None:
        mistakes.append(finding)
        tell(finding)

    if "rules" in content:
        _check_models(content, file, note, own)
        rules = all_mistakes(content, file, parse_rules, note)
        _check_reach(None if mistakes else rules, content, file, note)
        return
    answers = content.get("answers")
    if isinstance(answers, str) and (path.parent / answers).is_file():
        del content["answers"]
        _check_yaml(path.parent / answers, tell, _names_of_models(content))
    inner = answers if isinstance(answers, Marked) else None
    own = _own_models(content, file, note)
    _check_models(content, file, note, own)
    if inner is not None:
        _check_models(inner, file, note, own)

    def parse(table: Table) -> object:
        return parse_scenario(table, path.stem, path.parent)

    scenario = all_mistakes(content, file, parse, note)
    if inner is not None and not mistakes:
        _check_reach(scenario.answers, inner, file, note)


def _names_of_models(content: Marked) -> list[str]:
    own = content.get("models")
    return list(own) if isinstance(own, Marked) else []


def _own_models(content: Marked, file: str, note: Note) -> list[str]:
    """The names of a scenario's own models; one that is like none that there is, is noted."""
    own = content.get("models")
    if not isinstance(own, Marked):
        return []
    known = list(load_models())
    for name, given in own.items():
        at = f"models: {name}"
        if isinstance(given, Marked):
            _look(known, file, note, (given, "like", f"{at}: like"), given.get("like"))
        else:
            _look(known, file, note, (own, name, at), given)
    return list(own)


def _look(
    known: Sequence[str],
    file: str,
    note: Note,
    place: tuple[Marked, str, str],
    named: object,
    *,
    may_fit: bool = False,
) -> None:
    """Note a name that is no model's; `place` is where it stands: holder, key and path."""
    if not isinstance(named, str) or named in known:
        return
    is_pattern = may_fit and bool(set("*?[") & set(named))
    if is_pattern and any(fnmatchcase(model, named) for model in known):
        return
    holder, key, at = place
    close = nearest(named.strip("*"), known)
    line = holder.lines.get(key, holder.line)
    others = "" if close else f"; known: {', '.join(known)}"
    problem = f"no model fits {named!r}" if is_pattern else f"there is no model {named!r}"
    note(Finding(file, line, at, f"{problem}{others}", close, is_warning=is_pattern))


def _check_models(content: Marked, file: str, note: Note, own: Sequence[str]) -> None:
    """Faults, paces, limits and rules for models that there are not."""
    known = [*load_models(), *own]

    def look(holder: Marked, key: str, at: str, named: object, *, may_fit: bool = False) -> None:
        _look(known, file, note, (holder, key, at), named, may_fit=may_fit)

    for number, fault in _rows(content.get("faults")):
        look(fault, "model", f"faults[{number}]: model", fault.get("model"))
    for section in ("latency", "limits"):
        table = content.get(section)
        models = table.get("models") if isinstance(table, Marked) else None
        if isinstance(models, Marked):
            for model in models:
                look(models, model, f"{section}: models: {model}", model)
    for number, rule in _rows(content.get("rules")):
        match = rule.get("match")
        if isinstance(match, Marked):
            wanted = match.get("model")
            for each in wanted if isinstance(wanted, list) else [wanted]:
                look(match, "model", f"rules[{number}]: match: model", each, may_fit=True)


def _rows(value: Any) -> list[tuple[int, Marked]]:
    if not isinstance(value, MarkedList):
        return []
    return [
        (number, each)
        for number, each in zip(value.numbers, value, strict=True)
        if isinstance(each, Marked)
    ]


def _check_reach(rules: Rules | None, content: Marked, file: str, note: Note) -> None:
    """Rules that can never answer, because one before them takes all that they fit.

    Of rules with mistakes (None) nothing can be said: conditions are missing from them.
    """
    if rules is None:
        return
    rows = _rows(content.get("rules"))
    for place, rule in enumerate(rules.rules):
        taker = next((each for each in rules.rules[:place] if _takes_all_of(each, rule)), None)
        if taker is None:
            continue
        number, row = rows[place]
        problem = f"never answers: {taker.name!r} before it takes every request that it fits"
        note(Finding(file, row.line, f"rules[{number}]", problem, is_warning=True))


def _takes_all_of(first: Rule, later: Rule) -> bool:
    """Whether every request that fits a rule fits an earlier one too, as often as it comes."""
    a, b = first.match, later.match
    if a.times is not None or a.nth or first.on_end == "fall_through":
        return False
    if not _texts_follow(a, b):
        return False
    listed = ((a.model, b.model), (a.user, b.user), (a.endpoint, b.endpoint))
    if not all(_names_follow(wide, narrow) for wide, narrow in listed):
        return False
    if a.tool is not None and a.tool != b.tool:
        return False
    if a.tools is not None and a.tools is not (True if b.tool is not None else b.tools):
        return False
    flags = ((a.tool_result, b.tool_result), (a.json, b.json), (a.stream, b.stream))
    return all(wide is None or wide is narrow for wide, narrow in flags)


def _texts_follow(a: Match, b: Match) -> bool:
    """Whether a's conditions on texts hold wherever b's do, as far as can be told."""
    if a.equals is not None and (b.equals is None or a.equals.strip() != b.equals.strip()):
        return False
    held = [text.lower() for text in ([b.equals] if b.equals is not None else b.contains)]
    if not all(any(wanted.lower() in text for text in held) for wanted in a.contains):
        return False
    if a.regex is not None:
        same = b.regex is not None and a.regex.pattern == b.regex.pattern
        if not same and not (b.equals is not None and _is_found(a.regex, b.equals)):
            return False
    return a.system is None or (b.system is not None and a.system.lower() in b.system.lower())


def _is_found(pattern: Pattern, text: str) -> bool:
    try:
        return Patience().search(pattern, text) is not None
    except TimeoutError:
        return False


def _names_follow(wide: Sequence[str], narrow: Sequence[str]) -> bool:
    return not wide or "*" in wide or (bool(narrow) and set(narrow) <= set(wide))
