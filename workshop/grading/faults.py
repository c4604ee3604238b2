"""What can go wrong with a submission, as a test sees it. Unhandled, each becomes the reason."""

from __future__ import annotations

from typing import Any

NOT_WRITTEN = "NotImplementedError"
_MAX_TEXT = 400


class SubmissionProblem(Exception):
    """Something that the submission did."""


class SubmissionError(SubmissionProblem):
    """The submission raised. `file` and `line` say where in its own files, if they are known."""

    def __init__(self, type: str, message: str, file: str | None, line: int | None) -> None:
        self.type, self.message, self.file, self.line = type, message, file, line
        super().__init__(self.described())

    @classmethod
    def from_plain(cls, data: object) -> SubmissionError:
        """From a worker's message, none of which is trusted to have the right shape."""
        fields: dict[str, Any] = data if isinstance(data, dict) else {}
        file, line = fields.get("file"), fields.get("line")
        return cls(
            type=plain_text(str(fields.get("type", "Exception")), 80),
            message=plain_text(str(fields.get("message", ""))),
            file=plain_text(file, 120) if isinstance(file, str) else None,
            line=line if isinstance(line, int) else None,
        )

    def described(self) -> str:
        """In the learner's words: "service/cache.py, line 41: not written yet"."""
        if self.type == NOT_WRITTEN:
            what = f"not written yet ({self.message})" if self.message else "not written yet"
        elif self.type == "SystemExit":
            what = "the code ends the program instead of answering (SystemExit)"
        elif self.type == "MemoryError":
            what = "the code ran out of memory (MemoryError)"
        else:
            what = f"{self.type}: {self.message}" if self.message else self.type
        if self.file is None:
            return what
        where = self.file if self.line is None else f"{self.file}, line {self.line}"
        return f"{where}: {what}"


class SubmissionTimeout(SubmissionProblem):
    """No answer in time; the worker was ended. `seconds` is the limit it was given.

    `place` is the submission's file and line in which it was then, if that is known.
    """

    def __init__(self, seconds: float, place: str = "") -> None:
        self.seconds, self.place = seconds, place
        super().__init__(f"did not answer within {seconds:g} s")


class SubmissionDied(SubmissionProblem):
    """The process ended, was ended for a limit, or used its channel for something else.

    `why` is in the grader's words; `said` quotes the last that the process printed; `place` is the
    submission's file and line in which it was, if that is known.
    """

    def __init__(self, why: str, said: str = "", place: str = "") -> None:
        self.why, self.place = why, place
        super().__init__(f"{why}, its last line was: {said}" if said else why)


class EngineTrouble(Exception):
    """Something that is not the submission's fault: the task is not graded, never zero."""


def plain_text(text: str, longest: int = _MAX_TEXT) -> str:
    """The first paragraph on one line, without control characters, cut at `longest`."""
    paragraph: list[str] = []
    for line in text[: 4 * longest + 1000].strip().splitlines():
        if not line.strip():
            break
        paragraph.append(line.strip())
    joined = " ".join(paragraph)
    clean = "".join(char if char.isprintable() else " " for char in joined)
    return clean if len(clean) <= longest else clean[: longest - 1] + "…"
