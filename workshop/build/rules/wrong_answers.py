"""Wrong answers must apply cleanly to the finished edition and still be Python."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from workshop.build.editions import MarkerError, finished_text
from workshop.build.rules.finding import Finding, in_part
from workshop.parts import Part, WrongAnswer


def findings(part: Part) -> Iterator[Finding]:
    for answer in part.wrong_answers:
        for problem, next_step in _problems(part, answer):
            yield in_part(part, f"wrong_answers/{answer.name}.toml", problem, next_step)


def _problems(part: Part, answer: WrongAnswer) -> Iterator[tuple[str, str]]:
    texts: dict[str, str] = {}
    for replacement in answer.replacements:
        name = replacement.file
        if name not in texts:
            path = part.folder / name
            if not path.is_file():
                yield f"there is no file {name}", "correct `file`"
                continue
            try:
                texts[name] = finished_text(path.read_text(encoding="utf-8"))
            except MarkerError:
                continue  # said by the rule about sources
        times = texts[name].count(replacement.old)
        if times != 1:
            first_line = replacement.old.strip().splitlines()[0]
            yield (
                f"`old` ({first_line!r} …) stands {times} times in the finished {name}",
                "make it stand once",
            )
            continue
        texts[name] = texts[name].replace(replacement.old, replacement.new)
    for name, text in texts.items():
        try:
            ast.parse(text)
        except SyntaxError as problem:
            yield f"{name} would not parse any more: {problem}", "correct `new`"
