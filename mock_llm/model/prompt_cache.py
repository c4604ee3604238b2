"""Which beginnings of prompts a lab has seen: they are cheaper the second time.

As OpenAI documents it: a prompt's beginning counts as cached from `LEAST` tokens on, in steps of
`STEP` tokens. Memory is bounded; what was not seen for longest is forgotten first.
"""

import threading
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from hashlib import blake2b

from mock_llm.model import tokens

LEAST = 1024
STEP = 128
REMEMBERED_STEPS = 20_000


class PromptCache:
    """The beginnings of one lab's prompts, by model. Safe to use from any thread."""

    def __init__(self, remembered: int = REMEMBERED_STEPS) -> None:
        self._remembered = remembered
        self._seen: OrderedDict[bytes, None] = OrderedDict()
        self._lock = threading.Lock()

    def use(self, model: str, prompt: str) -> int:
        """How many tokens of a prompt are cached; from now on all of them are."""
        beginnings = list(_beginnings(model, tokens.pieces(prompt)))
        cached = 0
        with self._lock:
            for steps, beginning in enumerate(beginnings, 1):
                if beginning in self._seen:
                    cached = steps * STEP
                    self._seen.move_to_end(beginning)
                else:
                    self._seen[beginning] = None
            while len(self._seen) > self._remembered:
                self._seen.popitem(last=False)
        return cached if cached >= LEAST else 0


def _beginnings(model: str, pieces: Sequence[str]) -> Iterator[bytes]:
    """A digest for each beginning of a prompt that ends at a step."""
    digest = blake2b(model.encode(), digest_size=16)
    for end in range(STEP, len(pieces) + 1, STEP):
        step = "\0".join(pieces[end - STEP : end])
        digest.update(step.encode("utf-8", "surrogatepass") + b"\0\0")
        yield digest.digest()
