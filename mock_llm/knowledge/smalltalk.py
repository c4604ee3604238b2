"""Sensible replies to what the shop has no answer to."""

from __future__ import annotations

import re

from mock_llm.draws import Draw

_GREETING = re.compile(r"(?:hi|hello|hey|good (?:morning|afternoon|evening))\b[\s!,.]*\Z", re.I)
_THANKS = re.compile(r"(?:thanks|thank you|cheers|great|perfect)\b.{0,30}\Z", re.I)
_PING = re.compile(r"(?:ping|test|testing|are you there)\b[\s?!.]*\Z", re.I)
_LEAD = re.compile(
    r"^(?:please\s+|so\s+|and\s+|ok(?:ay)?,?\s+|hi,?\s+|hello[,!]?\s+)*"
    r"(?:(?:what|who|which|where|when|why|how)(?:'s|\s+(?:is|are|was|were|do|does|did|can|could"
    r"|would|should|will|to))?|(?:can|could|would|will|do|does|did|is|are|should)\s+(?:you|i|we|it)"
    r"|(?:are|is) there(?: any)?|(?:compare|list|create|generate|show me|suggest|compute|find)"
    r"|tell me(?:\s+(?:more\s+)?about)?|explain(?:\s+to me)?|describe|define|summari[sz]e|translate"
    r"|write(?:\s+me)?|give me|i(?:'d| would)?\s+(?:like|want|need)(?:\s+to(?:\s+know)?)?"
    r"|recommend(?:\s+products)?(?:\s+for)?:?)\s*",
    re.I,
)
_SWAP = {
    "your": "our", "my": "your", "i": "you", "me": "you", "you": "we", "mine": "yours",
    "our": "your", "we": "you", "am": "are", "i'm": "you're", "yours": "ours",
}  # fmt: skip

_GREETINGS = (
    "Hello! What can I help you find today?",
    "Hi there! Are you looking for something in particular?",
    "Welcome to the shop! Tell me what you need, and I'll see what fits.",
)
_YOURE_WELCOME = (
    "You're welcome! Let me know if there is anything else.",
    "Happy to help! Just ask if another question comes up.",
    "Any time. Enjoy your day!",
)
_PINGS = ("I'm here and ready to help.", "Yes, I'm listening. What would you like to know?")
_ABOUT = (
    "Good question about {topic}. It depends on what matters most to you, so tell me a little "
    "more and I can be specific.",
    "On {topic}, the short answer is that there are several ways to look at it. Which part would "
    "you like to start with?",
    "When it comes to {topic}, most people start with the basics and go into detail from there. "
    "Shall I go through it step by step?",
    "Thanks for asking about {topic}. I can't say for certain without knowing more, but I'm glad "
    "to help you narrow it down.",
    "I'd be careful with {topic}: the details decide. If you tell me what you want to use it for, "
    "I can give you a better answer.",
)
_MORE = (
    "A good first step is to write down what you need and what you can do without.",
    "It helps to compare two or three options side by side rather than all at once.",
    "Budget, how often you will use it and how long it should last usually settle the question.",
    "Reviews are useful, but look for people who use things the way you do.",
    "If two options come out even, the simpler one tends to be the better choice.",
    "And when in doubt, ask: a short conversation often saves a long search.",
)


_READ = 20_000  # characters: what a long text ends with is what it asks
_LONGEST_WORD = 60


def topic(text: str) -> str:
    """What a text is about, in the words of someone who answers it; "that" if it does not say."""
    end = text[-_READ:].strip()
    sentences = [s for s in re.split(r"(?<=[.!?])\s+|\n+", end) if s.strip()]
    if not sentences:
        return "that"
    asked = [sentence for sentence in sentences if sentence.rstrip().endswith("?")]
    rest = _LEAD.sub("", (asked or sentences)[-1].strip(), count=1)
    words = [word[:_LONGEST_WORD] for word in re.findall(r"[\w'’-]+", rest)[:9]]
    while words and words[-1].lower() in ("the", "a", "an", "of", "for", "to", "and", "in", "with"):
        words.pop()
    swapped = [_SWAP.get(word.lower(), word) for word in words]
    if swapped and not (swapped[0].isupper() or swapped[0] != words[0]):
        swapped[0] = swapped[0][0].lower() + swapped[0][1:]
    return " ".join(swapped) or "that"


def answer(text: str, draw: Draw, length: int = 0) -> str:
    """A reply that refers to the text's topic; at least `length` words long if that is asked."""
    plain = text.strip()
    if _GREETING.match(plain):
        return draw.choice("greeting", _GREETINGS)
    if _THANKS.match(plain):
        return draw.choice("thanks", _YOURE_WELCOME)
    if _PING.match(plain):
        return draw.choice("ping", _PINGS)
    said = draw.choice("about", _ABOUT).format(topic=topic(text))
    start = draw.integer("more", len(_MORE))
    for i in range(len(_MORE)):
        if len(said.split()) >= length:
            break
        said += " " + _MORE[(start + i) % len(_MORE)]
    return said
