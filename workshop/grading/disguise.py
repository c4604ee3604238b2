"""A package as compiled code that is another each time, for code that must not recognise it.

The attendee's tests run beside the right service and wrong ones, and have to tell them apart by
what these do. So they get neither text nor lines, and what they get never repeats: the locals have
other names, and among the statements stand others that never run, made of expressions of the right
package and of the wrong ones. No hash fits that was taken before, and every function holds all
names and constants in which the editions of its file differ, so that none says which edition it is.
What remains is to analyse code whose dead branches have to be found first.
"""

from __future__ import annotations

import ast
import contextlib
import functools
import importlib.util
import io
import keyword
import marshal
import random
import textwrap
import tokenize
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from workshop.grading.anonymous_code import LOOKS_AT_NAMES, anonymous

# A .pyc's header: the magic number, then flags, time and size of a source.
_HEADER = importlib.util.MAGIC_NUMBER + bytes(12)
_MOST_DECOYS = 2
_LONGEST_DECOY = 90
_LONGEST_LITERAL = 60
_BEGINS_A_LITERAL = "'\"0123456789"
_HAS_A_BODY = ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef
_MAKES_A_DECOY = ast.Call | ast.Attribute | ast.Compare
# Expressions that bind a name or suspend would change the function around them.
_NOT_IN_A_DECOY = (
    ast.Await | ast.Yield | ast.YieldFrom | ast.NamedExpr | ast.Lambda | ast.comprehension
)


def disguised(
    files: Mapping[str, bytes], others: Mapping[str, Sequence[str]], chance: random.Random
) -> dict[str, bytes]:
    """The package with a `.pyc` for each `.py`, which Python imports without the source.

    `others`: for a file, pieces of its text in any edition. All editions import what one does.
    """
    texts = {path: data.decode("utf-8") for path, data in files.items() if path.endswith(".py")}
    all_texts = [*texts.values(), *(piece for few in others.values() for piece in few)]
    decoys = sorted({each for text in all_texts for each in _expressions(text)})
    found = {path: data for path, data in files.items() if path not in texts}
    for path, text in texts.items():
        pieces = others.get(path, ())
        words = sorted({word for piece in pieces for word in _words(piece)})
        varied = _varied(text, _imports(pieces), decoys, words, chance)
        code = anonymous(compile(varied, path, "exec", dont_inherit=True), chance)
        found[str(PurePosixPath(path).with_suffix(".pyc"))] = _HEADER + marshal.dumps(code)
    return found


def _imports(pieces: Sequence[str]) -> list[str]:
    lines = {line for piece in pieces for line in piece.splitlines()}
    return sorted(line for line in lines if line.startswith(("import ", "from ")))


def _varied(
    text: str,
    imports: Sequence[str],
    decoys: Sequence[str],
    words: Sequence[str],
    chance: random.Random,
) -> str:
    """The text with `imports` first, in the same order in every edition, with decoys, and with all
    `words` in each body."""
    lines = ["" if line in imports else line for line in text.split("\n")]
    before: dict[int, list[str]] = {}
    for body in _bodies(text):
        for line, indent in chance.choices(body.places, k=chance.randint(1, _MOST_DECOYS)):
            decoy = indent + _never_run(decoys, chance, binds=body.is_function)
            before.setdefault(line, []).append(decoy)
        if words:
            line, indent = chance.choice(body.places)
            before.setdefault(line, []).append(indent + _never_said(words, chance))
        if body.is_module:
            before.setdefault(body.places[0][0], [])[:0] = imports
    added = ([*before.get(number, ()), line] for number, line in enumerate(lines, 1))
    return "\n".join(line for few in added for line in few)


@dataclass(frozen=True)
class _Body:
    """Of the module, a class or a function: the places (line, indentation) for a statement."""

    node: type[ast.AST]
    places: list[tuple[int, str]]

    @property
    def is_module(self) -> bool:
        return self.node is ast.Module

    @property
    def is_function(self) -> bool:
        return self.node in (ast.FunctionDef, ast.AsyncFunctionDef)


@functools.lru_cache(256)
def _bodies(text: str) -> list[_Body]:
    lines = text.split("\n")
    found = []
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, _HAS_A_BODY):
            starts = [_start(each) for each in node.body if not _comes_first(each, node.body)]
            places = [(line, lines[line - 1][:column]) for line, column in starts]
            # Not `class Tent: ...`, whose body shares its line.
            places = [(line, indent) for line, indent in places if not indent.strip()]
            if places:
                found.append(_Body(type(node), places))
    return found


def _start(node: ast.stmt) -> tuple[int, int]:
    decorators = getattr(node, "decorator_list", [])
    return min([node.lineno, *(each.lineno for each in decorators)]), node.col_offset


def _comes_first(node: ast.stmt, body: Sequence[ast.stmt]) -> bool:
    """Docstrings, and `from __future__`."""
    docstring = isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    future = isinstance(node, ast.ImportFrom) and node.module == "__future__"
    return future or (docstring and node is body[0])


def _never_run(decoys: Sequence[str], chance: random.Random, *, binds: bool) -> str:
    """Statements under a condition that a compiler cannot know to be false."""
    word = f"{chance.getrandbits(48):012x}"
    condition = chance.choice((f"== '{word}'", f"in ('{word}', '')", f"< '!{word}'"))
    parts = chance.choices(decoys, k=chance.randint(1, 2))
    more = f"y{word} = z{word}" if binds else f"z{word}"
    parts.insert(chance.randint(0, len(parts)), more)
    return f"if __name__ {condition}: " + "; ".join(parts)


def _never_said(words: Sequence[str], chance: random.Random) -> str:
    """The same with all words, in an order drawn by chance: names as attributes of nothing."""
    name = f"z{chance.getrandbits(48):012x}"
    said = [word if word[0] in _BEGINS_A_LITERAL else f"{name}.{word}" for word in words]
    chance.shuffle(said)
    return f"if __name__ == '{name}': [{name}, {', '.join(said)}]"


@functools.lru_cache(512)
def _words(text: str) -> frozenset[str]:
    """The names in a piece of text, and its short literals; names as literals too, since keyword
    arguments are kept so."""
    found = set()
    with contextlib.suppress(tokenize.TokenError, SyntaxError):  # it may end in the middle
        for token in tokenize.generate_tokens(io.StringIO(textwrap.dedent(text)).readline):
            if token.type == tokenize.NAME and not keyword.iskeyword(token.string):
                found |= {token.string, repr(token.string)}
            elif token.type in (tokenize.NUMBER, tokenize.STRING) and _is_literal(token.string):
                found.add(token.string)
    return frozenset(found)


def _is_literal(text: str) -> bool:
    return len(text) <= _LONGEST_LITERAL and text[0] in _BEGINS_A_LITERAL


@functools.lru_cache(256)
def _expressions(text: str) -> list[str]:
    """The short expressions of a text, if it can be read, that bind no name."""
    text = textwrap.dedent(text)
    lines = [line.encode() for line in text.split("\n")]
    found = ["..."]
    try:
        tree = ast.parse(text)
    except SyntaxError:  # a piece need not make sense alone
        return found
    for node in ast.walk(tree):
        if isinstance(node, _MAKES_A_DECOY) and node.lineno == node.end_lineno:
            piece = lines[node.lineno - 1][node.col_offset : node.end_col_offset]
            found.append(piece.decode("utf-8", errors="replace"))
    return [piece for piece in found if _is_harmless(piece)]


def _is_harmless(piece: str) -> bool:
    if len(piece) > _LONGEST_DECOY:
        return False
    try:
        nodes = list(ast.walk(ast.parse(piece, mode="eval")))
    except SyntaxError:  # within an f-string Python 3.11 does not know where things stand
        return False
    names = {node.id for node in nodes if isinstance(node, ast.Name)}
    return (
        not any(isinstance(node, _NOT_IN_A_DECOY) for node in nodes)
        and not names & {"super", *LOOKS_AT_NAMES}
        and not any(name.startswith("__") for name in names)
    )
