"""Gathers from a sentence's terms what it names, asks and limits."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import cast

from mock_llm.knowledge.lexicon import Term
from mock_llm.knowledge.slots import End, Limit, Op

NUMBER_WORDS = {"two": 2, "three": 3, "four": 4, "five": 5, "six": 6}

# What a number means if no word says whether it is a bound from above or from below.
_DEFAULT_OP: dict[str, Op] = {"price_cents": "<=", "sleeps": ">="}

_COMPARING = {
    "cheaper than": ("price_cents", "min"),
    "lighter than": ("weight_g", "min"),
    "heavier than": ("weight_g", "max"),
}
# "without a hood and a porch" leaves out both, "not waterproof and insulated" only the first.
_WIDE = ("without", "no", "lacking", "excluding", "neither")


@dataclass
class Found:
    """What stands in a sentence. `unread` is set if a number or a negation has no place: then
    the sentence says something that the slots would lose."""

    products: list[str] = field(default_factory=list)
    quantities: list[int] = field(default_factory=list)
    categories: list[str] = field(default_factory=list)
    features: dict[str, bool] = field(default_factory=dict)
    limits: list[Limit] = field(default_factory=list)
    targets: list[tuple[str, End]] = field(default_factory=list)
    compares: list[tuple[str, End]] = field(default_factory=list)
    asks: list[str] = field(default_factory=list)
    intents: set[str] = field(default_factory=set)
    tones: list[str] = field(default_factory=list)
    count: int = 1
    percent: int | None = None
    unknown: int = 0
    stop: bool = False
    unread: bool = False


class _Gatherer:
    def __init__(self, terms: Sequence[Term]) -> None:
        self.terms = terms
        self.found = Found()
        self.at = 0
        self.op: Term | None = None
        self.hint: str | None = None
        self.quantity: int | None = None
        self.negation: str | None = None
        self.negated_something = False
        self.linked = False
        self.choice = False

    def run(self) -> Found:
        while self.at < len(self.terms):
            term = self.terms[self.at]
            self.at += 1
            getattr(self, f"_{term.sort}")(term)
            if term.sort not in ("op", "filler", "word", "number"):
                self.op = None
            if term.sort not in ("op", "filler", "ask"):
                self.hint = None
        self._end_negation()
        return self.found

    def _end_negation(self) -> None:
        if self.negation and not self.negated_something:
            self.found.unread = True
        self.negation = None
        self.negated_something = self.linked = False

    def _next(self, skip: tuple[str, ...] = ()) -> Term | None:
        for term in self.terms[self.at :]:
            if term.sort not in skip:
                return term
        return None

    def _product(self, term: Term) -> None:
        if self.op and self.op.text in _COMPARING:
            self.found.compares.append(cast("tuple[str, End]", _COMPARING[self.op.text]))
        self.found.products.append(str(term.value))
        self.found.quantities.append(self.quantity or 1)
        self.quantity = None
        self.choice = False

    def _category(self, term: Term) -> None:
        if self.choice:
            self.found.unread = True
        if self.negation:
            self._end_negation()
        self.found.categories.append(str(term.value))

    def _feature(self, term: Term) -> None:
        name, wanted = cast("tuple[str, bool]", term.value)
        if self.negated_something and not self.linked:
            self._end_negation()
        self.linked = False
        if self.negation:
            wanted = not wanted
            self.negated_something = True
        elif self.choice:
            # "red or blue": the slots know no alternatives.
            self.found.unread = True
        if self.found.features.get(name, wanted) != wanted:
            self.found.unread = True
        self.found.features[name] = wanted

    def _target(self, term: Term) -> None:
        self.found.targets.append(cast("tuple[str, End]", term.value))

    def _compare(self, term: Term) -> None:
        self.found.compares.append(cast("tuple[str, End]", term.value))

    def _ask(self, term: Term) -> None:
        self.hint = str(term.value)
        self.found.asks.append(self.hint)

    def _intent(self, term: Term) -> None:
        self.found.intents.add(str(term.value))

    def _tone(self, term: Term) -> None:
        self.found.tones.append(str(term.value))

    def _op(self, term: Term) -> None:
        # "not from Aldane" negates the brand that follows.
        if self.negation and term.text != "from":
            self._end_negation()
        self.op = term

    def _not(self, term: Term) -> None:
        self._end_negation()
        self.negation = term.text

    def _with(self, term: Term) -> None:
        if self.negated_something:
            self._end_negation()

    def _and(self, term: Term) -> None:
        self.linked = self.negation in _WIDE

    def _or(self, term: Term) -> None:
        self.linked = True
        if not self.negation:
            self.choice = True

    def _list(self, term: Term) -> None:
        pass

    def _filler(self, term: Term) -> None:
        pass

    def _stop(self, term: Term) -> None:
        self.found.stop = True

    def _word(self, term: Term) -> None:
        if term.text in NUMBER_WORDS and self._counts(NUMBER_WORDS[term.text]):
            return
        if self.negation:
            self._end_negation()
        self.found.unknown += 1

    def _unit(self, term: Term) -> None:
        # A unit without a number asks for it: "how many litres …".
        self.found.asks.append(cast("tuple[str, int]", term.value)[0])

    def _number(self, term: Term) -> None:
        value = cast(float, term.value)
        following = self._next()
        if following and (following.sort, following.value) == ("ask", "percent"):
            self.at += 1
            self.found.percent = round(value)
            return
        measure = self._measure(term)
        op = str(self.op.value) if self.op else None
        self.op = None
        if op in ("between", ">=") and self._range(value, measure, required=op == "between"):
            return
        if measure is None and op and not op.startswith("after"):
            measure = (self.hint, 1) if self.hint and ":" not in self.hint else ("price_cents", 100)
        if measure is None:
            self.found.unread |= not self._counts(value)
            return
        after = self._next()
        if op is None and after and after.sort == "op" and str(after.value).startswith("after"):
            self.at += 1
            op = str(after.value).removeprefix("after")
        self._limit(measure, cast(Op, op or _DEFAULT_OP.get(measure[0], "=")), value)

    def _measure(self, number: Term) -> tuple[str, int] | None:
        """The attribute and scale that a number's sign or unit says; steps over the unit."""
        unit = self._next()
        if number.text.startswith("$"):
            if unit and unit.sort == "unit" and unit.value == ("price_cents", 100):
                self.at += 1
            return ("price_cents", 100)
        if unit and unit.sort == "unit":
            self.at += 1
            return cast("tuple[str, int]", unit.value)
        return None

    def _range(self, low: float, measure: tuple[str, int] | None, *, required: bool) -> bool:
        """Reads "… and 1.5 kg" or "… to 1.5 kg" behind a first number."""
        rest = self.terms[self.at : self.at + 2]
        joined = len(rest) == 2 and rest[1].sort == "number"
        joins = ("and", "to") if required else ("to",)
        if not joined or (rest[0].text not in joins and rest[0].value not in joins):
            self.found.unread |= required
            return required
        self.at += 2
        high_measure = self._measure(rest[1]) or measure or ("price_cents", 100)
        low_measure = measure or high_measure
        self.found.unread |= low_measure[0] != high_measure[0]
        self._limit(low_measure, ">=", low)
        self._limit(high_measure, "<=", cast(float, rest[1].value))
        return True

    def _limit(self, measure: tuple[str, int], op: Op, value: float) -> None:
        attribute, scale = measure
        self.found.limits.append(Limit(attribute, op, round(value * scale, 3)))

    def _counts(self, value: float) -> bool:
        """Takes a number as how many of what comes next; False if nothing countable does."""
        if value != int(value) or value < 1:
            return False
        term = self._next(skip=("list", "not", "feature", "target", "filler"))
        if term is None or term.sort not in ("product", "category"):
            return False
        if term.sort == "product":
            self.quantity = int(value)
        else:
            self.found.count = int(value)
        return True


def gather(terms: Sequence[Term]) -> Found:
    """Everything that a sentence's terms say, before deciding what it asks."""
    return _Gatherer(terms).run()
