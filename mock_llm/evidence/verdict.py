"""What a client did well and badly, from the journal alone: each finding names its requests.

Times are the lab's. What the client meant is unknown, and so is what it told its own caller: a
finding says what was seen, and where that can be read both ways it is neither good nor bad. What
counts as a retry is in `mock_llm.evidence.calls`, what is looked for in `verdict_rules`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from mock_llm.evidence.calls import calls_of
from mock_llm.evidence.journal import Entry
from mock_llm.evidence.verdict_rules import RULES

_SIGNS = {False: "-", None: "?", True: "+"}


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that a client did. `requests` are sequence numbers in the journal.

    `good` is None where only the client knows whether it was.
    """

    rule: str
    good: bool | None
    says: str
    requests: Sequence[int]


@dataclass(frozen=True, slots=True)
class Verdict:
    """All findings about one lab's clients: the bad ones, the open ones, the good ones."""

    findings: Sequence[Finding]

    @property
    def bad(self) -> list[Finding]:
        return [finding for finding in self.findings if finding.good is False]

    @property
    def open(self) -> list[Finding]:
        """Those that are for you to judge: the server has seen only one side of it."""
        return [finding for finding in self.findings if finding.good is None]

    @property
    def good(self) -> list[Finding]:
        return [finding for finding in self.findings if finding.good]

    def __getitem__(self, rule: str) -> Finding:
        """The finding of a rule.

        Raises:
            KeyError: the rule found nothing.
        """
        for finding in self.findings:
            if finding.rule == rule:
                return finding
        raise KeyError(rule)

    def __contains__(self, rule: object) -> bool:
        return any(finding.rule == rule for finding in self.findings)

    def __str__(self) -> str:
        if not self.findings:
            return "Nothing to say: no request failed, and none was paid for twice."
        return "\n".join(f"{_SIGNS[each.good]} {each.says}" for each in self.findings)

    def to_dict(self) -> dict[str, Any]:
        """The verdict as plain data, as the admin interface sends it."""
        return {"findings": [asdict(finding) for finding in self.findings]}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> "Verdict":
        """What `to_dict` made, read back."""
        return cls([Finding(**finding) for finding in data["findings"]])


def judge(entries: Sequence[Entry]) -> Verdict:
    """The verdict on a journal's requests, in order of arrival."""
    calls = calls_of(entries)
    findings: list[Finding] = []
    for good, rules in RULES.items():
        for name, rule in rules.items():
            says, found = rule(entries, calls)
            if found:
                requests = [entry.sequence for entry in found]
                findings.append(Finding(name, good, says.format(n=_times(len(found))), requests))
    return Verdict(findings)


def _times(count: int) -> str:
    return "once" if count == 1 else "twice" if count == 2 else f"{count} times"
