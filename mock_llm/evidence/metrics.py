"""What Prometheus reads at /metrics: counters and histograms of every lab.

The durations have OpenTelemetry's names for a model server; what it has no name for (money, cached
and reasoning tokens, injected faults) starts with `mock_llm_`. Labels are bounded: neither users
nor features are among them, the ledger has those.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    Metric,
)
from prometheus_client.registry import Collector

from mock_llm.evidence import semconv
from mock_llm.evidence.keys import short
from mock_llm.evidence.tally import Account, Histogram, Key
from mock_llm.lab import Lab

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
NANODOLLARS = 1_000_000_000
MOST_LABS = 200
_MODEL = ("lab", semconv.prometheus(semconv.REQUEST_MODEL))
_REQUEST = (*_MODEL, "endpoint", "status", "outcome", "fault")
_OPERATION = (
    *_MODEL,
    semconv.prometheus(semconv.OPERATION),
    semconv.prometheus(semconv.ERROR_TYPE),
)


def exposition(labs: Sequence[Lab]) -> bytes:
    """The metrics of some labs in Prometheus's text format.

    At most `MOST_LABS` labs have series of their own, the others are left out and counted.
    """
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Labs(labs))
    return generate_latest(registry)


def families(labs: Sequence[Lab]) -> Iterable[Metric]:
    """The same, before it is text."""
    return _Labs(labs).collect()


class _Labs(Collector):
    def __init__(self, labs: Sequence[Lab]) -> None:
        self._labs = labs

    def collect(self) -> Iterable[Metric]:
        shown = self._labs[:MOST_LABS]
        for lab in shown:
            lab.catch_up()
        tallies = [(short(lab.api_key), lab.records.tally()) for lab in shown]
        counted = [
            (lab, key, account) for lab, tally in tallies for key, account in tally.accounts.items()
        ]
        given_back = [
            ((lab, model), account)
            for lab, tally in tallies
            for model, account in tally.given_back.items()
        ]
        yield from _counters(counted, given_back)
        yield from _histograms(counted)
        underway = GaugeMetricFamily(
            "mock_llm_requests_underway", "Requests that are being answered now.", labels=("lab",)
        )
        for lab in shown:
            underway.add_metric((short(lab.api_key),), lab.underway)
        yield underway
        yield GaugeMetricFamily("mock_llm_labs", "Labs that are open.", value=len(self._labs))
        yield GaugeMetricFamily(
            "mock_llm_labs_not_shown",
            "Labs without series here, because there are too many.",
            value=len(self._labs) - len(shown),
        )


_Counted = Sequence[tuple[str, Key, Account]]


def _counters(
    counted: _Counted, given_back: Iterable[tuple[tuple[str, str], Account]]
) -> Iterator[Metric]:
    """The counters. They never fall: what was billed and then given back stays in them."""
    requests = CounterMetricFamily("mock_llm_requests", "Requests that ended.", labels=_REQUEST)
    for lab, key, account in counted:
        labels = (lab, key.model, key.endpoint, str(key.status), key.outcome, key.fault)
        requests.add_metric(labels, account.requests)
    yield requests
    tokens = CounterMetricFamily(
        "mock_llm_tokens",
        "Tokens that were billed; cached ones are part of input, reasoning ones of output.",
        labels=(*_MODEL, semconv.prometheus(semconv.TOKEN_TYPE)),
    )
    cost = CounterMetricFamily(
        "mock_llm_cost_usd", "What requests cost, in dollars.", labels=_MODEL
    )
    sums = _by_model(counted)
    for of, account in given_back:
        _add(sums.setdefault(of, Account()), account)
    for (lab, model), account in sums.items():
        for kind, value in (
            (semconv.INPUT, account.prompt_tokens),
            (semconv.OUTPUT, account.completion_tokens),
            ("cached", account.cached_tokens),
            ("reasoning", account.reasoning_tokens),
        ):
            tokens.add_metric((lab, model, kind), value)
        cost.add_metric((lab, model), account.cost_nanodollars / NANODOLLARS)
    yield tokens
    yield cost


def _by_model(counted: _Counted) -> dict[tuple[str, str], Account]:
    sums: dict[tuple[str, str], Account] = {}
    for lab, key, account in counted:
        if not key.model:
            continue
        _add(sums.setdefault((lab, key.model), Account()), account)
    return sums


def _add(total: Account, account: Account) -> None:
    total.prompt_tokens += account.prompt_tokens
    total.completion_tokens += account.completion_tokens
    total.cached_tokens += account.cached_tokens
    total.reasoning_tokens += account.reasoning_tokens
    total.cost_nanodollars += account.cost_nanodollars


def _histograms(counted: _Counted) -> Iterator[Metric]:
    durations: dict[tuple[str, ...], Histogram] = {}
    first_tokens: dict[tuple[str, ...], Histogram] = {}
    for lab, key, account in counted:
        operation = semconv.operation(key.endpoint)
        if operation is None:
            continue
        labels = (lab, key.model, operation, _error_type(key))
        durations.setdefault(labels, Histogram()).add(account.duration)
        first_tokens.setdefault(labels, Histogram()).add(account.first_token)
    yield _family(
        semconv.REQUEST_DURATION, "From a request's arrival until its reply was ready.", durations
    )
    yield _family(
        semconv.TIME_TO_FIRST_TOKEN,
        "From a request's arrival until the first of its reply was ready.",
        first_tokens,
    )


def _family(
    name: str, says: str, histograms: dict[tuple[str, ...], Histogram]
) -> HistogramMetricFamily:
    family = HistogramMetricFamily(
        semconv.prometheus(name, "seconds"), f"{says} Seconds.", labels=_OPERATION
    )
    for labels, histogram in histograms.items():
        if any(histogram.counts):
            family.add_metric(labels, _buckets(histogram), histogram.sum)
    return family


def _buckets(histogram: Histogram) -> Any:
    return [
        ("+Inf" if bound == float("inf") else f"{bound:g}", count)
        for bound, count in histogram.cumulative()
    ]


def _error_type(key: Key) -> str:
    """The class of error that a request ended with; "" if it did not."""
    if key.outcome == "ok":
        return ""
    return key.fault or (str(key.status) if key.status else key.outcome)
