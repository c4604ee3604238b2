from hypothesis import given
from hypothesis import strategies as st

from mock_llm.draws import Draw
from mock_llm.model.outcomes import Leaves, Outcomes


def tale(draw):
    """Takes other draws on other ways."""
    words = [draw.choice("opening", ("Well", "So", "Now"))]
    if draw.chance("long", 0.4):
        words += [str(draw.integer(f"number {n}", 3)) for n in range(draw.integer("count", 3))]
    if draw.chance("end", 0.5):
        words.append("end")
    return tuple(words)


class Counted:
    def __init__(self, work_out):
        self.work_out = work_out
        self.calls = 0

    def __call__(self, draw):
        self.calls += 1
        return self.work_out(draw)


@given(st.lists(st.integers(0, 300), max_size=200))
def test_what_is_found_again_is_what_would_have_been_worked_out(numbers):
    outcomes = Outcomes(tale, Leaves())
    for number in numbers:
        draw = Draw(0, "question", str(number))
        assert outcomes.of(draw) == tale(draw)


def test_the_same_outcomes_are_worked_out_once():
    work_out = Counted(tale)
    outcomes = Outcomes(work_out, Leaves())
    different = {outcomes.of(Draw(0, str(number))) for number in range(2_000)}
    assert work_out.calls < 100
    before = work_out.calls
    assert {outcomes.of(Draw(0, str(number))) for number in range(2_000)} == different
    assert work_out.calls == before


def test_what_draws_nothing_is_worked_out_once():
    work_out = Counted(lambda draw: "certain")
    outcomes = Outcomes(work_out, Leaves())
    assert {outcomes.of(Draw(0, str(number))) for number in range(10)} == {"certain"}
    assert work_out.calls == 1


def test_what_needs_a_real_number_is_worked_out_each_time():
    work_out = Counted(lambda draw: (draw.choice("a", "xyz"), draw.uniform("b")))
    outcomes = Outcomes(work_out, Leaves())
    for _ in range(5):
        assert outcomes.of(Draw(0, "same")) == work_out.work_out(Draw(0, "same"))
    assert work_out.calls == 5


def test_trees_do_not_grow_without_bound():
    leaves = Leaves(most=50)
    trees = [Outcomes(lambda draw: draw.integer("n", 1_000), leaves) for _ in range(3)]
    for number in range(500):
        draw = Draw(0, str(number))
        assert {tree.of(draw) for tree in trees} == {draw.integer("n", 1_000)}
    assert leaves.season >= 20
    assert sum(len(tree._root.branches) for tree in trees) <= 60
