import textwrap
from pathlib import Path

import pytest

from workshop.parts import PartError, all_parts, find_part, load_part

GOOD = textwrap.dedent("""
    id = "part2_services"
    number = 2
    title = "Services"
    minutes = 45
    package = "service"
    files = ["service/*.py"]
    [[section]]
    number = "2.1"
    title = "Overview"
    minutes = 45
    [[task]]
    id = "settings"
    title = "Settings"
    section = "2.1"
    kind = "core"
    minutes = 6
    points = 100
    file = "service/config.py"
    hints = ["Read the error."]
      [[task.check]]
      id = "secret"
      says = "the key never shows"
      points = 100
    [[written]]
    id = "why"
    section = "2.1"
    points = 5
    rubric = "A reason."
    [[wrong_answer]]
    name = "plain_key"
    loses = ["settings.secret"]
""")
WRONG = (
    'says = "a plain str"\n[[replace]]\nfile = "service/config.py"\nold = "SecretStr"\nnew = ""\n'
)


def write(root: Path, description: str = GOOD, wrong: str = WRONG, name: str = "part2_services"):
    folder = root / "modules" / name
    (folder / "wrong_answers").mkdir(parents=True)
    (folder / "part.toml").write_text(description, encoding="utf-8")
    (folder / "wrong_answers" / "plain_key.toml").write_text(wrong, encoding="utf-8")
    return folder


def test_a_description_becomes_a_part(tmp_path: Path):
    part = load_part(write(tmp_path))
    assert (part.id, part.number, part.minutes, part.files) == (
        *("part2_services", 2, 45),
        ("service/*.py",),
    )
    assert part.task("settings").check_ids == ("settings.secret",)
    assert part.written[0].rubric == "A reason."
    (answer,) = part.wrong_answers
    assert answer.loses == ("settings.secret",)
    assert (answer.replacements[0].old, answer.replacements[0].new) == ("SecretStr", "")


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("minutes = 6", 'minutes = "six"', "task settings, minutes: must be a whole number"),
        ("minutes = 6", "minutes = true", "task settings, minutes: must be a whole number"),
        ("minutes = 6", "", "task settings, minutes: is missing"),
        ('kind = "core"', 'kind = "main"', "task settings, kind: must be core or stretch"),
        ("hints =", "hint =", "task settings, hint: is not a key that is known"),
        ('"Read the error."', "7", "task settings, hints: must hold only texts"),
        ('says = "the key never shows"', 'says = " "', "check secret, says: must not be empty"),
        ('id = "part2_services"', 'id = "other"', "id: must be the folder's name"),
        ("[[section]]", "[section]", "section: must be written as"),
        ("number = 2", "number = = 2", "cannot be read as TOML"),
        ('name = "plain_key"', 'name = "gone"', "gone.toml: this file is missing"),
    ],
)
def test_a_mistake_is_reported_with_its_file_and_key(tmp_path: Path, old: str, new: str, says: str):
    with pytest.raises(PartError) as caught:
        load_part(write(tmp_path, GOOD.replace(old, new, 1)))
    assert says in str(caught.value)
    assert ".toml" in str(caught.value)


def test_a_wrong_answer_says_in_its_own_file_what_is_wrong_with_it(tmp_path: Path):
    with pytest.raises(PartError, match=r"plain_key\.toml: replace no\. 1, old: is missing"):
        load_part(write(tmp_path, wrong=WRONG.replace("old", "# old")))


@pytest.mark.parametrize("name", ["2", "part2", "part2_services", "PART2", "part2_services/"])
def test_a_part_is_found_by_number_or_name(tmp_path: Path, name: str):
    write(tmp_path)
    assert find_part(tmp_path, name).number == 2


def test_looking_for_a_part_that_is_not_there_names_those_that_are(tmp_path: Path):
    write(tmp_path)
    with pytest.raises(PartError, match=r"no part '3'; the parts are part2_services"):
        find_part(tmp_path, "3")


def test_parts_come_in_the_order_of_their_numbers(tmp_path: Path):
    write(tmp_path)
    ten = GOOD.replace("part2_services", "part10_more").replace("number = 2", "number = 10")
    write(tmp_path, ten, name="part10_more")
    assert [part.number for part in all_parts(tmp_path)] == [2, 10]


def test_asking_for_an_unknown_task_names_the_tasks(tmp_path: Path):
    with pytest.raises(PartError, match="its tasks are settings"):
        load_part(write(tmp_path)).task("cache")
