"""One request of a batch: the model runs for it here and now, and no client waits."""

from collections.abc import Callable, Coroutine
from contextlib import suppress
from typing import Any

from mock_llm import engine
from mock_llm.evidence.visit import Visit
from mock_llm.job import Job
from mock_llm.lab import Lab
from mock_llm.refusals import ClientGone, Refusal
from mock_llm.wire.last_resort import bug
from mock_llm.wire.nobody import Nobody


def run_batched(
    lab: Lab,
    visit: Visit,
    line: Nobody,
    read: Callable[[], Job],
    status_of: Callable[[Refusal], int],
) -> Refusal | None:
    """Take one request of a batch to its end; gives why it was refused, if it was.

    Args:
        read: makes sense of the request; a Refusal says that it is wrong.
        status_of: the status of a refusal, at the provider.
    """
    refused: Refusal | None = None
    try:
        visit.batch = True
        with suppress(ClientGone):
            _finish(engine.run(lab, visit, read(), line))
    except Refusal as refusal:
        refused = refusal
    except Exception as error:
        refused = bug(error, f"a batch's request to {visit.endpoint}")
    except BaseException:
        visit.close("error", 0)
        raise
    try:
        if refused is not None:
            visit.refuse(refused, status_of(refused))
        visit.close("error", 0)
    except Exception as error:  # it cannot be written down
        refused = bug(error, f"a batch's request to {visit.endpoint}")
    return refused


def spread(begins: float, ends: float, place: int, count: int) -> float:
    """When one of a batch's requests is done: they are spread evenly over its time."""
    return min(begins + (ends - begins) * (place + 1) / count, ends)


def hurry(lab: Lab) -> float:
    """What a batch's time is multiplied by: where no reply takes time, neither does a batch."""
    return 0.0 if lab.latency().instant else 1.0


def _finish(work: Coroutine[Any, Any, None]) -> None:
    """Run to its end what waits for nothing."""
    try:
        work.send(None)
    except StopIteration:
        return
    work.close()
    raise RuntimeError("a request of a batch waits for something")
