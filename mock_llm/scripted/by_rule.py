"""Lets a lab's own rules say what the model answers, whatever provider's format it goes out in."""

from copy import copy
from dataclasses import replace
from typing import TYPE_CHECKING

from mock_llm.evidence.visit import Visit
from mock_llm.job import Job
from mock_llm.lab import Lab
from mock_llm.model.generation import Ask

if TYPE_CHECKING:
    from mock_llm.scripted.rule_match import Asked
    from mock_llm.scripted.rule_replies import Told


def by_rule(lab: Lab, visit: Visit, job: Job) -> "tuple[Job, Told | None]":
    """The job as the rules want it answered, and what they say about its bill and its time.

    A job that asks several things at once (`asks`) is looked at one by one; the first rule that
    fits says what is billed. One that asks nothing of a model that speaks is left alone.

    Raises:
        Refusal: a rule answers with an error, or no rule fits and none else may answer.
    """
    one: Ask | None = getattr(job, "ask", None)
    several: list[Ask] | None = getattr(job, "asks", None)
    asks = several if several is not None else [one] if one is not None else []
    told = [lab.tell(_asked(visit, job, ask)) for ask in asks]
    first = next((each for each in told if each is not None), None)
    if first is None:
        return job, None
    asks = [replace(ask, told=each) for ask, each in zip(asks, told, strict=True)]
    # What was read may be kept for the next request with the same body.
    changed = copy(job)
    if several is not None:
        changed.asks = asks  # type: ignore[attr-defined]
    else:
        changed.ask = asks[0]  # type: ignore[attr-defined]
    return changed, first


def _asked(visit: Visit, job: Job, ask: Ask) -> "Asked":
    from mock_llm.scripted.rule_match import Asked

    return Asked(
        endpoint=visit.endpoint,
        model=job.model.id,
        messages=ask.messages,
        user=visit.user,
        stream=job.stream,
        wants_json=job.wants_json,
        tools=ask.tools,
        body=visit.body,
    )
