"""What `mock-llm validate` finds: everything at once, each with its line and what was meant."""

import json

import pytest

from mock_llm.scenario import FOLDER
from mock_llm.scripted.recording import header_line
from mock_llm.scripted.validate import check, kind_of


@pytest.fixture
def found(tmp_path):
    def found(text, name="mine.yaml"):
        path = tmp_path / name
        path.write_text(text, encoding="utf-8")
        return check(path)

    return found


def places(findings):
    return [(each.line, each.key) for each in findings]


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.yaml")), ids=lambda path: path.stem)
def test_the_shipped_scenarios_have_no_mistakes(path):
    assert check(path) == []
    assert kind_of(path) == "scenario"


def test_every_mistake_of_a_scenario_is_found_at_once(found):
    findings = found(
        "description: mine\n"
        "latncy: {}\n"
        "latency:\n"
        "  default: {ttft_median_s: -1, per_tokn_s: 2}\n"
        "  models:\n"
        "    gpt-6-lunar: {}\n"
        "faults:\n"
        "  - kind: hung\n"
        "  - 3\n"
        "  - {kind: unavailable, probability: 2, wat: 1}\n"
        "  - {probability: 1}\n"
        "limits: {requests_per_minute: x, models: {gpt-6-lunar: {}}}\n"
        "time_scale: fast\n"
    )
    assert places(findings) == [
        (2, "latncy"),
        (4, "latency: default: per_tokn_s"),
        (4, "latency: default: ttft_median_s"),
        (6, "latency: models: gpt-6-lunar"),
        (8, "faults[1]: kind"),
        (9, "faults[2]"),
        (10, "faults[3]: probability"),
        (10, "faults[3]: wat"),
        (11, "faults[4]: kind"),
        (12, "limits: models: gpt-6-lunar"),
        (12, "limits: requests_per_minute"),
        (13, "time_scale"),
    ]
    hints = {each.key: each.hint for each in findings if each.hint}
    assert hints == {
        "latncy": "latency",
        "latency: default: per_tokn_s": "per_token_s",
        "latency: models: gpt-6-lunar": "gpt-6-luna",
        "faults[1]: kind": "hang",
        "limits: models: gpt-6-lunar": "gpt-6-luna",
    }
    assert "must be between 0 and 1, got 2" in str(findings[6])


@pytest.mark.parametrize("kind", ["kind: unavailabel, ", "kind: 3, ", ""])
def test_a_fault_of_no_known_kind_is_read_to_its_end(found, kind):
    findings = found(f"faults:\n- {{{kind}probability: 2, every: 0, after_s: -1, wat: 1}}\n")
    assert [each.key for each in findings] == [
        f"faults[1]: {key}" for key in ("after_s", "every", "kind", "probability", "wat")
    ]


def test_a_pattern_that_no_model_fits_is_a_warning_and_in_faults_there_are_no_patterns(found):
    (finding,) = found("rules: [{reply: a, match: {model: ['gpt-4o*', 'gpt-4*', '*']}}]")
    assert finding.is_warning
    assert "no model fits 'gpt-4o*'" in finding.problem
    (finding,) = found("faults: [{kind: hang, model: 'gpt-4*'}]")
    assert not finding.is_warning
    assert "there is no model 'gpt-4*'" in finding.problem


def test_every_mistake_of_rules_is_found_whether_alone_or_in_a_scenario(found):
    text = (
        "otherwise: fail\n"
        "rules:\n"
        "  - match: {contain: x, regex: '('}\n"
        "    reply: ${could_be_a_group}\n"
        "  - match: {contains: x, model: [gpt-4, gpt-5]}\n"
        "    replies: [{}, {text: a, finish_reason: end}]\n"
        "  - {match: {contains: y}}\n"
        "  - {replies: ['${usr}'], on_en: last}\n"
    )
    expected = [
        (1, "otherwise"),
        (3, "rules[1]: match: contain"),
        (3, "rules[1]: match: regex"),
        (5, "rules[2]: match: model"),
        (6, "rules[2]: replies[1]"),
        (6, "rules[2]: replies[2]: finish_reason"),
        (7, "rules[3]: reply"),
        (8, "rules[4]: on_en"),
        (8, "rules[4]: replies[1]"),
    ]
    assert places(found(text)) == expected
    inside = "answers:\n" + "".join(f"  {line}\n" for line in text.splitlines())
    models = {"rules[2]: match: model"}  # is looked for without the rest of its path
    assert places(found(inside)) == sorted(
        (line + 1, key if key in models else f"answers: {key}") for line, key in expected
    )


def test_a_file_that_a_scenario_names_is_checked_with_it(found, tmp_path):
    (tmp_path / "rules.yaml").write_text("rules:\n- reply: ${nobody}\n")
    (finding,) = found("answers: rules.yaml\n")
    assert (finding.file, finding.line) == (str(tmp_path / "rules.yaml"), 2)
    (finding,) = found("answers: nowhere.yaml\n")
    assert (finding.line, finding.key) == (1, "answers")


@pytest.mark.parametrize(
    ("first", "later", "never"),
    [
        ("reply: a", "match: {contains: x}", True),
        ("match: {times: 2}", "match: {contains: x}", False),
        ("match: {nth: 2}", "match: {}", False),
        ("on_end: fall_through", "match: {}", False),
        ("match: {contains: order}", "match: {contains: [late, my ORDER]}", True),
        ("match: {contains: order}", "match: {contains: late}", False),
        ("match: {contains: order}", "match: {equals: my order}", True),
        ("match: {regex: o+}", "match: {equals: foo}", True),
        ("match: {regex: o+}", "match: {regex: o+, user: ann}", True),
        ("match: {regex: o+}", "match: {regex: o}", False),
        ("match: {equals: a}", "match: {equals: ' a '}", True),
        ("match: {equals: a}", "match: {contains: a}", False),
        ("match: {model: [gpt-4, gpt-6-luna]}", "match: {model: gpt-4}", True),
        ("match: {model: gpt-4}", "match: {}", False),
        ("match: {model: '*'}", "match: {}", True),
        ("match: {tools: true}", "match: {tool: find}", True),
        ("match: {tool: find}", "match: {tool: find, stream: true}", True),
        ("match: {tool: find}", "match: {tools: true}", False),
        ("match: {stream: true}", "match: {stream: false}", False),
        ("match: {system: be}", "match: {system: Be brief}", True),
        ("match: {system: be}", "match: {}", False),
    ],
)
def test_a_rule_that_can_never_answer_is_a_warning(found, first, later, never):
    reply = "" if first.startswith("reply") else ", reply: b"
    listed = [f"- {{name: one{reply}, {first}}}", f"- {{name: two, reply: c, {later}}}"]
    findings = found("rules:\n" + "\n".join(listed))
    assert [each.is_warning for each in findings] == [True] * never
    if never:
        assert places(findings) == [(3, "rules[2]")]
        assert "'one' before it takes every request" in findings[0].problem


@pytest.mark.parametrize(
    ("text", "place", "problem"),
    [
        ("a: [1\nb: 2\n", (2, "YAML"), "expected ',' or ']'"),
        ("a: [b ${c}]\n", (1, "YAML"), "needs quotes"),
        ("- a\n", (1, "file"), "expected keys with values"),
        ("", (1, "file"), "expected keys with values"),
        ("\n1: 2\n", (2, "YAML"), "the key 1 is not text"),
        ("time_scale: 1\ntime_scale: 2\n", (2, "time_scale"), "is given twice"),
    ],
)
def test_what_is_no_sound_yaml_is_said_by_its_line(found, text, place, problem):
    (finding,) = found(text)
    assert (finding.line, finding.key) == place
    assert problem in finding.problem


def test_a_file_that_cannot_be_read_is_a_finding(tmp_path):
    (finding,) = check(tmp_path / "none.yaml")
    assert "cannot be read (No such file" in finding.problem


def test_a_merged_key_is_not_given_twice(found):
    assert found("x: &a {time_scale: 1}\n<<: *a\ntime_scale: 2\n")[0].key == "x"


def test_a_recording_is_checked_line_by_line(tmp_path):
    path = tmp_path / "recording.jsonl"
    sound = {"method": "GET", "path": "/v1/models", "content": "c", "status": 200, "body": "{}"}
    wrong = [
        {**sound, "status": 99},
        {**sound, "events": [["soon", "x"]]},
        {name: value for name, value in sound.items() if name != "body"},
    ]
    lines = [json.dumps(each).encode() for each in (sound, *wrong)]
    path.write_bytes(header_line("http://x") + b"\n".join([*lines, b"{", b""]))
    findings = check(path)
    assert [each.line for each in findings] == [3, 4, 5, 6]
    path.write_bytes(header_line("http://x") + lines[0] + b"\n")
    assert check(path) == []
    assert kind_of(path) == "recording"
    path.write_bytes(header_line("http://x").replace(b'"version":1', b'"version":7'))
    assert "another version" in check(path)[0].problem


def test_models_of_a_scenarios_own_are_known_in_all_of_its_sections(found, tmp_path):
    (tmp_path / "rules.yaml").write_text(
        "rules:\n  - {name: a, match: {model: gpt-4o}, reply: {text: hi}}\n", encoding="utf-8"
    )
    assert not found(
        "models: {gpt-4o: gpt-6.1-sol, in-house: {context_window: 9}, other: }\n"
        "latency: {models: {gpt-4o: {ttft_s: 1}}}\n"
        "faults:\n  - {kind: unavailable, model: in-house}\n"
        "limits: {models: {other: {requests_per_minute: 1}}}\n"
        "answers: rules.yaml\n"
    )


def test_models_that_are_like_none_are_found_by_line(found):
    findings = found(
        "models:\n"
        "  gpt-4o: gpt-6.1-soll\n"
        "  in-house:\n"
        "    like: gpt-6-lunar\n"
        "    window: 5\n"
        "    price: {input: -1}\n"
    )
    assert places(findings) == [
        (2, "models: gpt-4o"),
        (4, "models: in-house: like"),
        (5, "models: in-house: window"),
        (6, "models: in-house: price: input"),
    ]
    assert findings[0].hint == "gpt-6.1-sol"
