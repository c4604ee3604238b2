"""The fallback: a smaller answer in time is better than a better one too late.

Task `recommend` (section 2.2), first half.
"""

import logging
from dataclasses import replace

from .answerer import Answer, Answerer, Deadline, Question
from .errors import ModelError

log = logging.getLogger(__name__)

PRIMARY_SHARE = 0.7
"""The part of the deadline that the primary may use up; the rest is the backup's."""


class WithFallback:
    """An answerer that asks `primary`, and `backup` when the primary has nothing to give."""

    def __init__(self, primary: Answerer, backup: Answerer) -> None:
        self.primary = primary
        self.backup = backup

    async def answer(self, question: Question, deadline: Deadline) -> Answer:
        """The primary's answer; if that fails with any `ModelError`, the backup's.

        The primary gets `PRIMARY_SHARE` of the deadline, the backup what is left of the *same*
        deadline. An answer of the backup is marked as degraded. A `RequestRejected` is our mistake
        and passes through: the backup would only be sent the same.
        """
        try:
            return await self.primary.answer(question, deadline.share(PRIMARY_SHARE))
        except ModelError as error:
            log.warning("falling back: %r", error)
        answer = await self.backup.answer(question, deadline)
        return replace(answer, degraded=True)
