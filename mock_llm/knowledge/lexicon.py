"""Turns a sentence into the words that mean something in the shop."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import product as combinations
from typing import Literal

from mock_llm.knowledge.catalogue import Catalogue
from mock_llm.knowledge.vocabulary import CATEGORIES, FEATURES, MEASURES, TONES

Sort = Literal[
    "product", "category", "feature", "target", "compare", "ask", "number", "unit", "op",
    "not", "with", "and", "or", "intent", "tone", "list", "stop", "filler", "word",
]  # fmt: skip


@dataclass(frozen=True)
class Term:
    """A phrase that was recognised: what sort of thing it is, and which."""

    sort: Sort
    value: object
    words: int = 1
    text: str = ""


_WORD = re.compile(r"\$?\d+(?:,\d{3})*(?:\.\d+)?|[^\W\d_]+(?:'[^\W\d_]+)?|[%;:,?+×&]")
_NUMBER = re.compile(r"\$?\d+(?:,\d{3})*(?:\.\d+)?\Z")


def words(text: str) -> list[str]:
    """Lower-case words, numbers (with their dollar sign) and the punctuation that counts."""
    return _WORD.findall(text.lower().replace("’", "'"))


_PHRASES: tuple[tuple[Sort, object, str], ...] = (
    ("op", "<", "under|below|less than|fewer than|cheaper than|lighter than"
                "|weighing less than"),
    ("op", "<=", "at most|up to|no more than|not more than|not over|maximum of|max|maximum"
                 "|a budget of|budget of|budget is|budget|no heavier than|within"),
    ("op", ">", "over|above|more than|heavier than|longer than|greater than|better than"),
    ("op", ">=", "at least|no less than|not less than|not under|minimum of|minimum|min|from"
                 "|starting at"),
    ("op", "between", "between|anywhere between"),
    ("op", "after<=", "or less|or under|or below|or cheaper|or lighter|max|maximum|tops"),
    ("op", "after>=", "or more|or better|or higher|or longer|or above|or over|and up"),
    ("not", True, "not|no|without|lacking|isn't|aren't|doesn't|don't|non|minus|excluding|except"
                  "|hasn't|can't|cannot|neither|free of"),
    ("with", True, "with|but|having|featuring|has|have|plus"),
    ("and", True, "and|&|,|;|+"),
    ("or", True, "or|nor"),
    ("filler", "ordinal", "or not|not sure|no idea|can't decide|cannot decide"),
    ("list", True, "x|×|units of|pieces of|of the"),
    ("stop", True, "why|return|returns|policy|policies|refund|shipping|ship|deliver|delivery"
                   "|history|invented|clean|repair|fix|broken|instead|similar|alternative"
                   "|alternatives|something like|like the|my order"),
    ("intent", "recommend", "recommend|recommendation|recommendations|suggest|suggestion"
                            "|suggestions|looking for|need|want|find|show|which|options|buy"
                            "|shopping for|products for|what|any|get|pick|list|search|after"),
    ("intent", "price", "how much is|how much are|how much does|how much do|cost|costs|price"
                        "|price of|priced|how much would|pay for"),
    ("intent", "stock", "in stock|available|availability|out of stock|sold out|get hold of"),
    ("intent", "about", "tell me about|know about|describe|overview of|overview|details on"
                        "|information on|info on|what is special about"),
    ("intent", "count", "how many|number of|count"),
    ("intent", "together", "together|both|combined|altogether|in total|total|bundle|set of"
                           "|all in all|in all|add up|sum"),
    ("intent", "compare", "compare|comparison|versus|vs|compared|or the|better"),
    ("intent", "slogan", "slogan|tagline|catchphrase|strapline"),
    ("intent", "description", "product description|product text|product copy|product blurb"
                              "|product page text"),
    ("intent", "code", "python|function|code|snippet|script"),
    ("ask", "task:total", "line total|cart|basket|shopping cart|order total"),
    ("ask", "task:average", "average|mean"),
    ("ask", "task:discount", "discount|percent off|% off"),
    ("ask", "task:top", "top|highest ratings|best ratings"),
    ("ask", "percent", "percent|%"),
)  # fmt: skip

FILLER = frozenset(
    words(
        "a an the some good great nice for please me i i'm we us you your our is are of in on to "
        "this that products product gift gifts best new ideas shop store hi hello hey thanks it "
        "one customer query question request user ? : item items kind do does can could would"
    )
)


class Lexicon:
    """Knows every phrase of the vocabulary and every name of the catalogue."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._phrases: dict[str, list[tuple[tuple[str, ...], tuple[Term, ...]]]] = {}
        for sort, value, phrases in _PHRASES:
            for phrase in phrases.split("|"):
                self._add(phrase, Term(sort, value))
        self._add_features()
        self._add_measures()
        self._add_names(catalogue)
        for known in self._phrases.values():
            known.sort(key=lambda entry: -len(entry[0]))

    def terms(self, text: str) -> list[Term]:
        """What a text says, left to right; the longest phrase wins at each place."""
        found: list[Term] = []
        tokens = words(text)
        at = 0
        while at < len(tokens):
            for phrase, terms in self._phrases.get(tokens[at], ()):
                if tuple(tokens[at : at + len(phrase)]) == phrase:
                    found += terms
                    at += len(phrase)
                    break
            else:
                found.append(_plain(tokens[at]))
                at += 1
        return found

    def _add(self, phrase: str, *terms: Term) -> None:
        key = tuple(words(phrase)) or (phrase,)
        known = self._phrases.setdefault(key[0], [])
        # The first meaning of a phrase is kept.
        if all(key != other for other, _ in known):
            known.append((key, tuple(Term(t.sort, t.value, len(key), phrase) for t in terms)))

    def _add_features(self) -> None:
        for name, feature in FEATURES.items():
            for phrase in (*feature.adjectives, *feature.nouns, *feature.also):
                self._add(phrase, Term("feature", (name, True)))
                self._add(_bare(phrase), Term("feature", (name, True)))
            for phrase in feature.opposites:
                self._add(phrase, Term("feature", (name, False)))
        for phrase in ("trail running shoes", "trail shoes"):
            self._add(phrase, Term("feature", ("trail", True)), Term("category", "running shoes"))
        for name, plurals in CATEGORIES.items():
            for phrase in plurals:
                self._add(phrase, Term("category", name))
        for tone in TONES:
            self._add(tone, Term("tone", tone))

    def _add_measures(self) -> None:
        for attribute, measure in MEASURES.items():
            for phrase in measure.units:
                self._add(phrase, Term("unit", (attribute, measure.scale)))
            for phrase in (*measure.asks, measure.label):
                self._add(phrase, Term("ask", attribute))
            for end, superlatives, comparatives in (
                ("max", measure.most, measure.more),
                ("min", measure.least, measure.less),
            ):
                for phrase in superlatives:
                    self._add(phrase, Term("target", (attribute, end)))
                for phrase in comparatives:
                    self._add(phrase, Term("compare", (attribute, end)))
            for phrase in _superlatives(("longest", "most", "highest", "biggest"), measure.label):
                self._add(phrase, Term("target", (attribute, "max")))
            for phrase in _superlatives(("lowest", "smallest", "shortest"), measure.label):
                self._add(phrase, Term("target", (attribute, "min")))
        for phrase in ("g", "grams", "gram"):
            self._add(phrase, Term("unit", ("weight_g", 1)))

    def _add_names(self, catalogue: Catalogue) -> None:
        models: dict[tuple[str, ...], list[str]] = {}
        for product in catalogue.products:
            self._add(product.name, Term("product", product.id))
            self._add(f"{product.name}s", Term("product", product.id))
            model = product.name.removeprefix(product.brand).strip()
            models.setdefault(tuple(words(model)), []).append(product.id)
        for model_words, ids in models.items():
            # "Drift 2" says which one; a single word ("Forge") could be any other word.
            if len(ids) == 1 and len(model_words) > 1:
                self._add(" ".join(model_words), Term("product", ids[0]))
        for brand in dict.fromkeys(product.brand for product in catalogue.products):
            self._add(brand, Term("feature", (f"brand={brand}", True)))
        for colour in dict.fromkeys(product.colour for product in catalogue.products):
            self._add(colour, Term("feature", (f"colour={colour}", True)))


def _plain(token: str) -> Term:
    if _NUMBER.match(token):
        return Term("number", float(token.lstrip("$").replace(",", "")), 1, token)
    return Term("filler" if token in FILLER else "word", token, 1, token)


def _bare(phrase: str) -> str:
    first, _, rest = phrase.partition(" ")
    return rest if first in ("a", "an") else phrase


def _superlatives(ends: Iterable[str], label: str) -> list[str]:
    return [f"{end} {label}" for end, label in combinations(ends, (label,))]
