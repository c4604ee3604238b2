import textwrap

import pytest

from workshop.build.editions import MarkerError, blank_text, finished_text, regions


def source(text: str) -> str:
    return textwrap.dedent(text).lstrip("\n")


IN_A_FUNCTION = source('''
    def double(n: int) -> int:
        """Twice n."""
        ### BEGIN SOLUTION
        return 2 * n
        ### END SOLUTION


    def half(n: int) -> int:
        return n // 2
''')


def test_inside_a_function_the_stub_raises_at_the_gaps_own_indentation():
    assert blank_text(IN_A_FUNCTION) == source('''
        def double(n: int) -> int:
            """Twice n."""
            # YOUR CODE HERE
            raise NotImplementedError()


        def half(n: int) -> int:
            return n // 2
    ''')


def test_the_finished_edition_only_loses_the_marker_lines():
    assert finished_text(IN_A_FUNCTION) == source('''
        def double(n: int) -> int:
            """Twice n."""
            return 2 * n


        def half(n: int) -> int:
            return n // 2
    ''')


def test_blank_lines_around_a_marker_do_not_pile_up_in_the_finished_edition():
    text = source("""
        def one():
            return 1


        ### BEGIN SOLUTION
        def two():
            return 2


        ### END SOLUTION


        class Three:
            ### BEGIN SOLUTION
            def a(self):
                return 3

            ### END SOLUTION

            def b(self):
                return 4


        ### BEGIN SOLUTION
        def last():
            return 5


        ### END SOLUTION
    """)
    assert finished_text(text) == source("""
        def one():
            return 1


        def two():
            return 2


        class Three:
            def a(self):
                return 3

            def b(self):
                return 4


        def last():
            return 5
    """)


def test_blank_lines_away_from_markers_stay_as_they_are():
    text = "x = 1\n\n\n\ny = 2\n### BEGIN SOLUTION\nz = 3\n\n### END SOLUTION\nw = 4\n"
    assert finished_text(text) == "x = 1\n\n\n\ny = 2\nz = 3\n\nw = 4\n"


def test_in_a_class_body_and_at_module_level_the_stub_lets_the_file_be_imported():
    text = source("""
        ### BEGIN SOLUTION
        LIMIT = 3
        ### END SOLUTION


        class Settings:
            ### BEGIN SOLUTION
            limit: int = LIMIT
            ### END SOLUTION
    """)
    blank = blank_text(text)
    assert blank == source("""
        # YOUR CODE HERE
        ...


        class Settings:
            # YOUR CODE HERE
            ...
    """)
    exec(compile(blank, "blank", "exec"), {})  # noqa: S102 (it must import)


def test_whole_definitions_may_be_a_gap():
    text = source("""
        class Cache:
            def get(self): return 1

            ### BEGIN SOLUTION
            @property
            def size(self):
                return 2
            ### END SOLUTION
    """)
    assert "    # YOUR CODE HERE\n    ...\n" in blank_text(text)


def test_a_method_of_a_class_inside_a_function_is_a_function():
    text = source("""
        def make():
            class Inner:
                ### BEGIN SOLUTION
                x = 1
                ### END SOLUTION
                async def go(self):
                    if self.x:
                        ### BEGIN SOLUTION
                        # first the sum
                        self.x += 1
                        ### END SOLUTION
            return Inner
    """)
    blank = blank_text(text)
    assert "        # YOUR CODE HERE\n        ...\n" in blank
    assert (
        "                # YOUR CODE HERE\n                raise NotImplementedError()\n" in blank
    )


def test_text_without_markers_stays_as_it_is_even_without_a_last_newline():
    assert blank_text("x = 1") == finished_text("x = 1") == "x = 1"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("### BEGIN SOLUTION\nx = 1\n", "line 1: 'BEGIN SOLUTION' without an 'END SOLUTION'"),
        ("x = 1\n### END SOLUTION\n", "line 2: 'END SOLUTION' without a 'BEGIN SOLUTION'"),
        (
            "### BEGIN SOLUTION\n### BEGIN SOLUTION\nx = 1\n### END SOLUTION\n",
            "line 2: the region of line 1 is still open",
        ),
        ("x = 1  ### BEGIN SOLUTION\n### END SOLUTION\n", "line 1: write '### BEGIN SOLUTION'"),
        ("# BEGIN SOLUTION\nx = 1\n# END SOLUTION\n", "line 1: write '### BEGIN SOLUTION'"),
    ],
)
def test_markers_that_do_not_pair_up_are_named_by_their_line(text: str, says: str):
    for edition in (blank_text, finished_text, regions):
        with pytest.raises(MarkerError, match=says):
            edition(text)


@pytest.mark.parametrize(
    "text",
    [
        "x = [\n    ### BEGIN SOLUTION\n    1,\n    ### END SOLUTION\n]\n",
        "### BEGIN SOLUTION\n# only a comment\n### END SOLUTION\n",
        "### BEGIN SOLUTION\n### END SOLUTION\n",
        "def f():\n    ### BEGIN SOLUTION\n    return (\n    ### END SOLUTION\n    1)\n",
    ],
)
def test_a_gap_that_is_not_made_of_whole_statements_is_refused(text: str):
    with pytest.raises(MarkerError):
        blank_text(text)
