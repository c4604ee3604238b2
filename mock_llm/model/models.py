"""The models that are served: what they can do and how large they are."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Literal, get_args

from mock_llm.yamlfile import Table, read

Serves = Literal["chat", "completions", "embeddings", "moderations"]
SPEAKING = ("chat", "completions")
EFFORTS = ("none", "minimal", "low", "medium", "high", "xhigh", "max")
KINDS = ("factual", "reasoning", "creative", "code")
SHIPPED = Path(__file__).parent.parent / "data" / "models.yaml"
_SNAPSHOT = re.compile(r"(?P<model>.+)-(?P<day>[0-9]{4}-[0-9]{2}-[0-9]{2}|[0-9]{8}|[0-9]{4})")
_LONGEST_NAME = 250


@dataclass(frozen=True, slots=True)
class Model:
    """One model.

    `context_window` and `max_output` are in tokens. `capability` says by kind of question how
    good the model is, from 0 to 1. `tier` groups models of one size ("large", "medium", "small",
    "embedding"): latency is set by tier. `created` is when it was announced, `shutdown_date` when
    its provider switches it off, if that is known; the mock goes on serving it.
    `reasoning_effort` is the effort of a model that reasons if a request names none; a model that
    does not reason has None. `images` says whether it sees, `prompt_cache` whether a prompt's
    beginning is cheaper the second time. `dimensions` is how long the vectors of a model are that
    makes embeddings.

    `name` is what replies call it if that is not `id`: a snapshot of it was asked for. `like` is
    the shipped model that one of somebody's own was made of.
    """

    id: str
    serves: Serves
    tier: str
    owner: str
    created: date
    shutdown_date: date | None
    context_window: int
    max_output: int
    capability: Mapping[str, float]
    reasoning_effort: str | None = None
    images: bool = False
    prompt_cache: bool = False
    dimensions: int = 0
    name: str = ""
    like: str = ""

    @property
    def asked_as(self) -> str:
        """What replies call it."""
        return self.name or self.id

    @property
    def kind(self) -> str:
        """The shipped model that it is, or is like."""
        return self.like or self.id


def find_model(models: Mapping[str, Model], name: str) -> Model | None:
    """The model of a name: its id, or that of a dated snapshot (gpt-6-luna-2026-09-22,
    claude-haiku-5-5-20261007, gpt-4-0613), which is the same model under that name."""
    model = models.get(name)
    if model is not None:
        return model
    dated = _SNAPSHOT.fullmatch(name) if len(name) <= _LONGEST_NAME else None
    known = models.get(dated["model"]) if dated else None
    if known is None or dated is None or not _is_day(dated["day"].replace("-", "")):
        return None
    return replace(known, name=name)


def known_id(models: Mapping[str, Model], name: object) -> str | None:
    """The id of the model that a request names; None if it names none that is there."""
    model = find_model(models, name) if isinstance(name, str) else None
    return model.id if model else None


def _is_day(digits: str) -> bool:
    """Whether it is a date without or with a year: 0613, 20260922."""
    year = digits[:-4] or "2000"
    try:
        date(int(year), int(digits[-4:-2]), int(digits[-2:]))
    except ValueError:
        return False
    return True


def load_models(path: Path = SHIPPED) -> dict[str, Model]:
    """The models in a file, by id, in the file's order.

    Raises:
        SettingError: naming the file, the model and what is wrong with it.
    """
    file = read(path)
    models = {id: _model(id, file.table(id)) for id in file}
    file.only_known()
    return models


def _model(id: str, table: Table) -> Model:
    serves = table.text("serves")
    if serves not in get_args(Serves):
        raise table.fail("serves", f"must be one of {', '.join(get_args(Serves))}, got {serves!r}")
    effort = table.text("reasoning_effort") if "reasoning_effort" in table else None
    if effort is not None and effort not in EFFORTS:
        raise table.fail("reasoning_effort", f"must be one of {', '.join(EFFORTS)}, got {effort!r}")
    created = table.day("created")
    if created is None:
        raise table.fail("created", "is missing")
    capability = table.table("capability")
    model = Model(
        id=id,
        serves=serves,  # type: ignore[arg-type]  # checked above
        tier=table.text("tier"),
        owner=table.text("owner"),
        created=created,
        shutdown_date=table.day("shutdown_date"),
        context_window=table.integer("context_window", least=1),
        max_output=table.integer("max_output", least=0),
        capability={
            kind: capability.number(kind, most=1.0) for kind in KINDS if serves in SPEAKING
        },
        reasoning_effort=effort,
        images=_flag(table, "images"),
        prompt_cache=_flag(table, "prompt_cache"),
        dimensions=table.integer("dimensions", least=1) if serves == "embeddings" else 0,
    )
    capability.only_known()
    table.only_known()
    return model


def _flag(table: Table, key: str) -> bool:
    value = table.raw(key)
    if value is not None and not isinstance(value, bool):
        raise table.fail(key, f"expected true or false, got {value!r}")
    return bool(value)
