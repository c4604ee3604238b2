"""`workshop grade`: who is graded, what is kept, what is said."""

from __future__ import annotations

import json
import re

import pytest
from bs4 import BeautifulSoup
from toy_class import PART, Grade, KeptEngine, ToyClass

from workshop.bootstrap_paths import Clone
from workshop.bootstrap_stop import Stop
from workshop.collect.class_list import Student
from workshop.collect.earlier import Earlier
from workshop.gradebook import command
from workshop.gradebook.command import GRADEBOOK_VARIABLE

# Right for the visible tests; the hidden one adds up three of a kind.
FORGETS_DOUBLES = "def total(numbers):\n    return sum(set(numbers))\n"
FULL = {"total": "10", "mean": "5", "why": "", "where": ""}
BLANK = {"total": "0", "mean": "0", "why": "0", "where": "0"}


def test_a_class_is_graded_into_the_gradebook_a_table_and_feedback(
    toy: ToyClass, engine: KeptEngine, grade: Grade
) -> None:
    toy.hand_in("ada")
    toy.hand_in("bob", {"tally/total.py": FORGETS_DOUBLES})
    toy.hand_in("eve", edition="exercises")

    outcome = grade()

    assert outcome.code == 0
    assert toy.points() == {"ada": FULL, "bob": FULL | {"total": "4"}, "eve": BLANK}
    assert toy.gradebook_points() == {
        "ada": {"total": 10, "mean": 5, "why": None, "where": None},
        "bob": {"total": 4, "mean": 5, "why": None, "where": None},
        "eve": {"total": 0, "mean": 0, "why": 0, "where": 0},
    }
    states = {task: row["state"] for task, row in toy.rows()["bob"].items()}
    assert states == {"total": "partial", "mean": "passed", "why": "waiting", "where": "waiting"}
    assert "three equal numbers should add up" in toy.rows()["bob"]["total"]["reason"]
    assert "three equal numbers should add up" in toy.feedback("bob")[0]
    assert "three equal numbers should add up" in toy.feedback("bob")[1]
    assert [line[:4] for line in outcome.err.splitlines()] == ["1/3 ", "2/3 ", "3/3 "]
    assert sorted(line[4:] for line in outcome.err.splitlines()) == ["ada", "bob", "eve"]
    assert "Next: " in outcome.out
    assert "written answers of 2 wait" in " ".join(outcome.out.split())
    assert "15/15" in outcome.out
    assert "9/15" in outcome.out


def test_what_has_not_changed_is_not_graded_again_and_a_change_regrades_only_that_one(
    toy: ToyClass, engine: KeptEngine, grade: Grade
) -> None:
    for student in ("ada", "bob"):
        toy.hand_in(student)
    grade()
    before = toy.points()
    engine.asked.clear()

    outcome = grade()
    assert (outcome.code, engine.asked, toy.points()) == (0, [], before)
    assert "0 graded, 2 unchanged" in outcome.out

    toy.hand_in("bob", {"tally/total.py": FORGETS_DOUBLES})
    grade()
    assert engine.asked == ["bob"]
    assert toy.points() == {"ada": FULL, "bob": FULL | {"total": "4"}}

    (toy.root / "modules" / PART / "hidden_tests" / "test_kept_back.py").unlink()
    grade()
    assert sorted(engine.asked) == ["ada", "bob", "bob"], "the course has changed for all"
    assert toy.points()["bob"] == FULL


def test_again_grades_what_has_not_changed(
    toy: ToyClass, generous: KeptEngine, grade: Grade
) -> None:
    toy.hand_in("ada")
    for words in ([], ["--again"]):
        assert grade(*words).code == 0
    assert generous.asked == ["ada", "ada"]


def test_the_same_work_is_graded_once_and_all_who_handed_it_in_get_its_points(
    toy: ToyClass, generous: KeptEngine, grade: Grade
) -> None:
    for student in ("ada", "bob", "eve"):
        toy.hand_in(student, {"tally/__init__.py": "# copied\n"})
    grade()
    assert len(generous.asked) == 1
    assert toy.points() == dict.fromkeys(("ada", "bob", "eve"), FULL)


def test_one_task_is_graded_again_and_the_others_are_kept(
    toy: ToyClass, engine: KeptEngine, grade: Grade
) -> None:
    toy.hand_in("ada")
    toy.hand_in("bob", {"tally/total.py": FORGETS_DOUBLES})
    grade()
    before = toy.points()
    engine.tasks.clear()

    assert grade("--regrade-task", "mean").code == 0
    assert [list(tasks or ()) for tasks in engine.tasks] == [["mean"], ["mean"]]
    assert toy.points() == before

    toy.hand_in("bob")
    grade("--regrade-task", "mean", "--student", "bob")
    assert engine.tasks[-1] is None, "the submission has changed: all of it is graded"
    assert toy.points()["bob"] == FULL


def test_only_the_students_that_are_named_are_graded_and_the_others_stay_in_the_table(
    toy: ToyClass, generous: KeptEngine, grade: Grade
) -> None:
    for student in ("ada", "bob", "eve"):
        toy.hand_in(student)
    grade("--student", "bob", "--student", "eve")
    assert sorted(generous.asked) == ["bob", "eve"]
    grade("--student", "ada")
    assert sorted(toy.points()) == ["ada", "bob", "eve"]


def test_json_is_all_that_is_printed(toy: ToyClass, engine: KeptEngine, grade: Grade) -> None:
    toy.hand_in("ada")
    toy.hand_in('Zoë, "Z" [a]', {"tally/total.py": FORGETS_DOUBLES})
    outcome = grade("--json")
    printed = json.loads(outcome.out)
    assert printed["part"] == PART
    found = {one["student"]: one for one in printed["students"]}
    assert sorted(found) == ['Zoë, "Z" [a]', "ada"]
    assert [row["points"] for row in found["ada"]["grades"]] == [10, 5, None, None]
    assert found["ada"]["fresh"]
    assert json.loads(grade("--json").out)["students"][0]["fresh"] is False


def test_an_engine_that_raises_costs_nobody_a_point_and_is_tried_again(
    toy: ToyClass, engine: KeptEngine, grade: Grade
) -> None:
    for student in ("ada", "bob"):
        toy.hand_in(student)
    engine.fails_for["ada"] = RuntimeError("the engine fell over")

    outcome = grade()

    assert outcome.code == 1
    assert toy.points()["ada"] == FULL | {"total": "", "mean": ""}
    assert toy.rows()["ada"]["total"]["state"] == "not_graded"
    assert toy.points()["bob"] == FULL
    assert toy.gradebook_points()["ada"] == dict.fromkeys(FULL, None)
    told = " ".join(outcome.out.split())
    assert "ada: could not be graded (total, mean): RuntimeError: the engine fell over" in told

    engine.fails_for.clear()
    assert grade().code == 0
    assert toy.points() == {"ada": FULL, "bob": FULL}
    assert toy.gradebook_points()["ada"]["total"] == 10


def test_what_nbgrader_cannot_save_is_said_and_saved_the_next_time(
    toy: ToyClass, generous: KeptEngine, grade: Grade
) -> None:
    for student in ("ada", "bob"):
        toy.hand_in(student)
    in_the_way = toy.root / "grading" / "autograded" / "ada"
    in_the_way.parent.mkdir()
    in_the_way.write_text("a file where a folder should be")

    outcome = grade()
    assert outcome.code == 1
    told = " ".join(outcome.out.split())
    assert "ada: not in the gradebook: GradebookError: NotADirectoryError:" in told
    assert toy.points() == {"ada": FULL, "bob": FULL}
    assert toy.gradebook_points()["bob"]["total"] == 10

    in_the_way.unlink()
    generous.asked.clear()
    assert grade().code == 0
    assert generous.asked == []
    assert toy.gradebook_points()["ada"]["total"] == 10


def test_a_student_without_a_notebook_is_graded_and_the_answers_wait(
    toy: ToyClass, engine: KeptEngine, grade: Grade
) -> None:
    toy.hand_in("ada", notebook=lambda _: None)
    assert grade().code == 0
    assert toy.points()["ada"] == FULL
    assert toy.rows()["ada"]["why"]["state"] == "waiting"
    assert toy.gradebook_points()["ada"] == {"total": 10, "mean": 5, "why": None, "where": None}
    assert "the notebook is missing" in toy.graded_notebook("ada")["cells"][0]["source"]


def test_who_handed_in_nothing_is_named_if_there_is_a_class_list(
    toy: ToyClass, generous: KeptEngine, grade: Grade
) -> None:
    toy.hand_in("ada")
    assert json.loads(grade("--json").out)["missing"] == []
    (toy.root / "grading" / "students.csv").write_text("id\nada\nbob\neve\n")
    assert json.loads(grade("--json").out)["missing"] == ["bob", "eve"]
    said = " ".join(grade().out.split())
    assert "On the class list, nothing handed in: bob, eve" in said
    assert "nothing handed in" not in grade("--student", "ada").out


def test_who_is_not_on_the_class_list_is_named_if_there_is_one(
    toy: ToyClass, generous: KeptEngine, grade: Grade
) -> None:
    for student in ("ada", "bob", "eve"):
        toy.hand_in(student)
    assert json.loads(grade("--json").out)["not_listed"] == []
    (toy.root / "grading" / "students.csv").write_text("id\nada\n")
    assert json.loads(grade("--json").out)["not_listed"] == ["bob", "eve"]
    said = " ".join(grade().out.split())
    assert "In place, but not on the class list: bob, eve" in said
    assert "not on the class list" not in grade("--student", "bob").out


def test_the_class_list_that_collect_was_given_is_remembered(
    toy: ToyClass, generous: KeptEngine, grade: Grade
) -> None:
    toy.hand_in("ada")
    toy.hand_in("eve")
    Earlier(toy.root / "grading", toy.part).remember_class([Student("ada"), Student("bob")])
    printed = json.loads(grade("--json").out)
    assert (printed["missing"], printed["not_listed"]) == (["bob"], ["eve"])


def test_what_was_handed_in_and_could_not_be_collected_is_not_nothing(
    toy: ToyClass, generous: KeptEngine, grade: Grade
) -> None:
    toy.hand_in("ada")
    earlier = Earlier(toy.root / "grading", toy.part)
    earlier.remember_class([Student("ada"), Student("bob"), Student("eve")])
    earlier.remember_problem("bob", "work.zip is damaged, or no zip file")
    printed = json.loads(grade("--json").out)
    assert printed["missing"] == ["eve"]
    assert printed["not_collected"] == {"bob": "work.zip is damaged, or no zip file"}
    said = " ".join(grade().out.split())
    assert "bob: handed in, but not collected: work.zip is damaged" in said
    toy.hand_in("bob")
    assert json.loads(grade("--json").out)["not_collected"] == {}


def test_points_by_hand_stand_beside_the_tasks(
    toy: ToyClass, generous: KeptEngine, grade: Grade
) -> None:
    toy.hand_in("ada")
    assert re.search(r"ada +15/15 +not yet ", grade().out)
    toy.give("ada", "why", 3.5)
    assert re.search(r"ada +15/15 +3\.5/8, 1 open ", grade().out)
    toy.give("ada", "where", 3)
    assert re.search(r"ada +15/15 +6\.5/8 ", grade().out)
    markdown, html = toy.feedback("ada")
    assert "**15 of 15 points** for the tasks." in markdown
    assert "Written answers: **6.5 of 8 by hand**." in markdown
    words = " ".join(BeautifulSoup(html, "html.parser").get_text().split())
    assert "Part 1: A tally (15 of 15 points for the tasks)" in words
    assert "15 of 15 points for the tasks. Written answers: 6.5 of 8 by hand." in words
    assert "/ 23" not in words


@pytest.mark.parametrize(
    ("part", "words", "reason", "next_step"),
    [
        ("7", [], "no part '7'", "grade --help"),
        ("1", ["--student", "nobody"], "no submission of nobody", "workshop grade 1"),
        ("1", ["--regrade-task", "cache"], "no task 'cache'; its tasks are total, mean", "grade"),
    ],
)
def test_what_there_is_not_is_said_with_what_to_type_next(
    toy: ToyClass, grade: Grade, part: str, words: list[str], reason: str, next_step: str
) -> None:
    toy.hand_in("ada")
    with pytest.raises(Stop) as stop:
        grade(*words, part=part)
    assert reason in stop.value.reason
    assert next_step in stop.value.next_step
    assert stop.value.code == 2


def test_a_class_that_handed_nothing_in_is_told_where_to_put_it(
    toy: ToyClass, grade: Grade
) -> None:
    with pytest.raises(
        Stop, match=f"no submissions in grading/submitted/<student>/{PART}/"
    ) as stop:
        grade()
    assert "workshop collect 1" in stop.value.next_step
    assert stop.value.code == 2


def test_a_part_that_was_not_built_is_said_to_be_so(toy: ToyClass, grade: Grade) -> None:
    toy.hand_in("ada")
    (toy.root / "exercises" / PART / "lesson.ipynb").unlink()
    with pytest.raises(Stop, match=f"exercises/{PART}/lesson.ipynb") as stop:
        grade()
    assert stop.value.next_step.endswith("workshop build")
    assert stop.value.code == 2


@pytest.mark.parametrize(
    "url", ["no url", "nosuchdatabase://localhost/x", "sqlite:////no/such/folder/gradebook.db"]
)
def test_a_gradebook_that_cannot_be_used_is_said_to_be_so(
    toy: ToyClass, grade: Grade, monkeypatch: pytest.MonkeyPatch, url: str
) -> None:
    toy.hand_in("ada")
    monkeypatch.setenv(GRADEBOOK_VARIABLE, url)
    with pytest.raises(Stop, match="the gradebook cannot be used") as stop:
        grade()
    assert GRADEBOOK_VARIABLE in stop.value.next_step
    assert stop.value.code == 2


def test_a_lesson_that_nbgrader_cannot_take_is_said_with_its_reason(
    toy: ToyClass, grade: Grade
) -> None:
    toy.hand_in("ada")
    lesson = toy.root / "modules" / PART / "lesson.ipynb"
    lesson.write_text(lesson.read_text().replace('"grade_id": "mean"', '"grade_id": "median"'))
    with pytest.raises(Stop, match=r"part\.toml knows no task 'median'") as stop:
        grade()
    assert "build --check" in stop.value.next_step


def test_where_the_gradebook_is_is_kept_without_its_password(
    toy: ToyClass, generous: KeptEngine, grade: Grade, monkeypatch: pytest.MonkeyPatch
) -> None:
    toy.hand_in("ada")
    monkeypatch.setenv(GRADEBOOK_VARIABLE, toy.another_gradebook())
    grade()
    results = toy.root / "grading" / "results"
    texts = [file.read_text() for file in results.rglob("*") if file.is_file()]
    assert len(texts) == 4
    assert not [text for text in texts if "s3cret" in text]


def test_a_class_moves_to_another_gradebook_and_back_without_being_graded_again(
    toy: ToyClass, generous: KeptEngine, grade: Grade, monkeypatch: pytest.MonkeyPatch
) -> None:
    toy.hand_in("ada")
    generous.fails_for["ada"] = RuntimeError("the engine fell over")
    grade()
    generous.fails_for.clear()
    url = toy.another_gradebook()
    with monkeypatch.context() as patch:
        patch.setenv(GRADEBOOK_VARIABLE, url)
        for _ in "12":
            assert grade().code == 0
    assert toy.gradebook_points(url)["ada"]["total"] == 10
    assert toy.gradebook_points()["ada"]["total"] is None

    assert grade().code == 0
    assert toy.gradebook_points()["ada"]["total"] == 10
    assert generous.asked == ["ada", "ada"]


def test_a_clone_may_lie_in_a_folder_whose_name_is_a_pattern(
    toy: ToyClass, generous: KeptEngine, grade: Grade, monkeypatch: pytest.MonkeyPatch
) -> None:
    moved = ToyClass(toy.root.rename(toy.root.with_name("course [2]*")))
    monkeypatch.setattr(command, "this_clone", lambda: Clone(moved.root))
    moved.hand_in("[ada]")
    assert grade().code == 0
    assert moved.gradebook_points()["[ada]"]["total"] == 10


def test_several_at_a_time_give_the_same(toy: ToyClass, generous: KeptEngine, grade: Grade) -> None:
    students = [f"student-{number}" for number in range(5)]
    for student in students:
        toy.hand_in(student)
    assert grade("--jobs", "3").code == 0
    assert sorted(generous.asked) == students
    assert toy.points() == dict.fromkeys(students, FULL)
