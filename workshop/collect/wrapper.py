"""A folder around the whole download, as zipping it again makes one."""

from __future__ import annotations

from workshop.collect.matching import AnyName, ClassList, Unmatched
from workshop.collect.names import labels
from workshop.collect.source import Item, group


def without_wrapper(items: list[Item], students: AnyName | ClassList) -> list[Item]:
    """What lies in a lone folder that is no student's but holds students' submissions."""
    if len(items) != 1 or items[0].loose or _is_someones(items[0], students):
        return items
    within = group(items[0].members())
    return within if any(_is_someones(item, students) for item in within) else items


def _is_someones(item: Item, students: AnyName | ClassList) -> bool:
    found = labels(item.name, loose=item.loose)
    if len(found) == 1 and not found[0].platform and isinstance(students, ClassList):
        try:
            students.find(found[0])
        except Unmatched:
            return False
        return True
    return any(label.platform for label in found)
