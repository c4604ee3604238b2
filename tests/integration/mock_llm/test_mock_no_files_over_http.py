"""A body gives rules, never the name of a file: the server's files are nobody's to read."""

import pytest

from mock_llm import SettingError

CONTENT = "root:x:0:0: nobody may read this"
RULES = {"rules": [{"reply": "We open at 9."}]}


@pytest.fixture
def secret(tmp_path):
    path = tmp_path / "passwd"
    path.write_text(CONTENT)
    return path


@pytest.mark.parametrize("key", ["answers", "recording", "replay", "recordings"])
def test_no_admin_call_reads_a_file_of_the_server(raw, lab, secret, key):
    reply = raw.put("/_mock/scenario", json={key: str(secret)})
    assert reply.status_code == 422
    assert "nobody may read" not in reply.text
    assert lab.scenario().name == "instant"


def test_a_file_of_sound_rules_is_refused_too_and_one_that_is_missing_alike(raw, lab, tmp_path):
    rules = tmp_path / "rules.yaml"
    rules.write_text("rules: [{reply: We open at 9.}]")
    there = raw.put("/_mock/scenario", json={"answers": str(rules)})
    missing = raw.put("/_mock/scenario", json={"answers": str(tmp_path / "nowhere.yaml")})
    assert (there.status_code, missing.status_code) == (422, 422)
    assert there.json() == missing.json()
    assert "give the rules themselves" in there.json()["error"]["message"]
    assert lab.answers() is None


def test_rules_in_a_scenario_are_taken_over_http(raw, lab):
    assert raw.put("/_mock/scenario", json={"answers": RULES}).status_code == 200
    assert lab.answers().to_dict() == RULES


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("PUT", "/_mock/answers", "{}"),
        ("PUT", "/_mock/scenario", "{}"),
        ("PUT", "/_mock/scenario", {"name": "{}"}),
        ("PUT", "/_mock/answers", {"rules": "{}"}),
        ("PUT", "/_mock/answers", {"rules": ["{}"]}),
        ("POST", "/_mock/room/scenario", {"lab": "all", "scenario": "{}"}),
        ("POST", "/_mock/room/scenario", {"lab": "all", "scenario": {"answers": "{}"}}),
        ("POST", "/_mock/keys", "{}"),
    ],
)
def test_no_body_is_taken_for_a_files_name(raw, secret, method, path, body):
    reply = raw.request(method, path, json=_filled(body, str(secret)))
    assert reply.status_code in (400, 422)
    assert "nobody may read" not in reply.text


def _filled(body, path):
    match body:
        case str():
            return body.format(path) if body == "{}" else body
        case list():
            return [_filled(each, path) for each in body]
        case _:
            return {key: _filled(value, path) for key, value in body.items()}


def test_a_lab_at_hand_still_reads_a_file_that_plain_data_names(control, tmp_path, monkeypatch):
    (tmp_path / "rules.yaml").write_text("rules: [{reply: We open at 9.}]")
    monkeypatch.chdir(tmp_path)
    control.set_scenario({"answers": "rules.yaml"})
    assert control.answers().to_dict() == RULES
    with pytest.raises(SettingError, match=r"there is no file nowhere\.yaml"):
        control.set_scenario({"answers": "nowhere.yaml"})
