import pytest

from mock_llm.keyring import parse_keys, read_keys
from mock_llm.yamlfile import SettingError


def test_a_line_is_a_lab_and_comments_are_left_out(tmp_path):
    path = tmp_path / "keys.txt"
    path.write_text("# the class\nsk-ann\n\nsk-bob-1 sk-bob-2  # both are his\n")
    assert read_keys(path) == [["sk-ann"], ["sk-bob-1", "sk-bob-2"]]


@pytest.mark.parametrize(
    ("keys", "complaint"),
    [
        ([[]], "a lab without a key"),
        ([["a b"]], "'a b' is no key"),
        ([["x" * 600]], "is no key: 1 to 512 characters"),
        ([["a"], ["b", "a"]], "'a' stands there twice"),
    ],
)
def test_keys_that_cannot_be_used_are_refused_with_the_reason(keys, complaint):
    with pytest.raises(SettingError, match=complaint):
        parse_keys(keys)


def test_a_file_that_is_not_there_is_named(tmp_path):
    with pytest.raises(SettingError, match=r"missing.txt: cannot be read"):
        read_keys(tmp_path / "missing.txt")
