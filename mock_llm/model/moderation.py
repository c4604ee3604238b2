"""Which of a text's words a provider's content policy would mind, by category.

A short list of plain phrases, not a model: enough to see a flagged text, a score and a refusal.
"""

import re
from collections.abc import Mapping

# Phrases by category. They are whole sentences' cores, so that a shop's questions never match.
_PHRASES: Mapping[str, tuple[str, ...]] = {
    "harassment": (
        r"you are (?:all )?(?:an? )?(?:worthless|stupid idiots?)",
        r"shut up,? you idiot",
    ),
    "harassment/threatening": (r"i(?: will|'ll| am going to) hunt you(?: down)? and hurt",),
    "hate": (r"i hate all (?:immigrants|foreigners|women|men|jews|muslims|christians)",),
    "hate/threatening": (r"all (?:immigrants|foreigners|women|jews|muslims) (?:should|must) die",),
    "illicit": (
        r"how (?:do i|to|can i) (?:shoplift|make (?:meth|counterfeit money)|steal a car)",
        r"how (?:do i|to|can i) (?:hack into|break into)",
    ),
    "illicit/violent": (r"how (?:do i|to|can i) (?:build|make) a (?:pipe )?bomb",),
    "self-harm": (r"i(?: am|'m) cutting myself", r"i want to (?:kill|hurt) myself"),
    "self-harm/intent": (r"i want to (?:kill|hurt) myself", r"i(?: am|'m) going to kill myself"),
    "self-harm/instructions": (r"how (?:do i|to|can i) (?:kill|hurt|cut) myself",),
    "sexual": (r"write (?:me )?(?:a )?(?:porn|erotica|an erotic)",),
    "sexual/minors": (),
    "violence": (
        r"i(?: will|'ll| am going to|'m going to| want to) (?:kill|stab|shoot) (?:you|them)",
        r"how (?:do i|to|can i) (?:build|make) a (?:pipe )?bomb",
    ),
    "violence/graphic": (r"(?:guts|entrails) (?:spilled|spilling) out",),
}  # fmt: skip
CATEGORIES = tuple(_PHRASES)
SEEN_IN_IMAGES = frozenset(
    (
        "self-harm",
        "self-harm/instructions",
        "self-harm/intent",
        "sexual",
        "violence",
        "violence/graphic",
    )
)
_PATTERNS = {
    category: re.compile("|".join(phrases), re.IGNORECASE)
    for category, phrases in _PHRASES.items()
    if phrases
}
_REFUSED = ("illicit", "illicit/violent", "self-harm/instructions", "hate/threatening", "sexual")
# One word of each phrase that is refused: most texts hold none, and need not be read closely.
_TELLING = (
    "bomb", "meth", "counterfeit", "shoplift", "steal", "hack", "break in", "myself", " die",
    "porn", "erotic",
)  # fmt: skip
_READ = 20_000  # characters


def flagged(text: str) -> frozenset[str]:
    """The categories that a text falls under."""
    return frozenset(
        category for category, pattern in _PATTERNS.items() if pattern.search(text[:_READ])
    )


def asks_for_harm(text: str) -> bool:
    """Whether a model refuses to answer a text."""
    text = text[:_READ]
    lowered = text.lower()
    if not any(word in lowered for word in _TELLING):
        return False
    return any(_PATTERNS[category].search(text) for category in _REFUSED)
