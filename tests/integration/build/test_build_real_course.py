from toy_course import REPOSITORY

from workshop.build.check import check
from workshop.build.command import logger
from workshop.parts import all_parts


def test_the_course_keeps_every_rule_of_its_authors_and_nothing_has_drifted():
    found = check(
        all_parts(REPOSITORY),
        REPOSITORY,
        whole_course=True,
        log=logger(verbose=False),
        on_part=lambda part: None,
    )
    assert [finding.line() for finding in found] == []
