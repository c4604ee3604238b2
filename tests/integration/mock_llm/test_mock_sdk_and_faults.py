"""What the official SDK makes of every fault: hides it, raises it, or passes it through.

The table in docs/examples/sdk_and_faults.json is what a page of the docs shows.
"""

import importlib.util
import json
from pathlib import Path

import pytest

from mock_llm.injected.fault_kinds import KINDS

EXAMPLES = Path(__file__).parents[3] / "docs" / "examples"


@pytest.fixture(scope="module")
def script():
    spec = importlib.util.spec_from_file_location("sdk_and_faults", EXAMPLES / "sdk_and_faults.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def written():
    table = json.loads((EXAMPLES / "sdk_and_faults.json").read_text(encoding="utf-8"))
    return {row["kind"]: row for row in table["faults"]}


def of(written, outcome, retries):
    rows = written.values()
    return {row["kind"] for row in rows if row[f"max_retries_{retries}"]["outcome"] == outcome}


def test_the_table_has_every_kind_with_its_effect_on_the_wire(written):
    assert list(written) == list(KINDS)
    assert {kind: row["wire"] for kind, row in written.items()} == {
        kind: about.says for kind, about in KINDS.items()
    }


@pytest.mark.parametrize("kind", list(KINDS))
def test_the_sdk_still_does_what_the_table_says(script, written, mock, lab, kind):
    assert script.observe(mock.url, lab, kind) == written[kind]


def test_without_retries_every_failure_in_http_is_raised_but_what_is_only_slow_or_misnamed(written):
    http = {kind for kind, about in KINDS.items() if about.place == "http"}
    assert of(written, "raises", 0) >= http - {"trickle", "wrong_content_type"}
    assert of(written, "hidden", 0) == set()


def test_the_sdks_retries_hide_what_passes_and_cannot_help_with_a_wrong_key_or_a_bad_body(written):
    assert of(written, "hidden", 2) == {
        "rate_limited",
        "quota_exhausted",
        "request_timeout",
        "server_error",
        "bad_gateway",
        "unavailable",
        "gateway_timeout",
        "overloaded",
        "hang",
        "reset",
        "body_cut",
    }


def test_no_fault_of_a_stream_is_ever_retried(written):
    streams = [row for row in written.values() if row["place"] == "stream"]
    assert {row["max_retries_2"]["requests"] for row in streams} == {1}


def test_a_wrong_answer_is_never_raised(written):
    answers = {kind for kind, about in KINDS.items() if about.place == "answer"}
    assert of(written, "passes through", 2) >= answers
