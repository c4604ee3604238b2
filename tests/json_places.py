"""Places in a JSON value, and what it is with something else there."""


def places(value, path=()):
    """Every place in a JSON value, as the keys and numbers that lead there."""
    yield path
    children = value.items() if isinstance(value, dict) else ()
    children = enumerate(value) if isinstance(value, list) else children
    for key, child in children:
        yield from places(child, (*path, key))


def replaced(value, path, other):
    """The value with `other` at the place `path`; the value itself is left as it is."""
    if not path:
        return other
    copy = value.copy()
    copy[path[0]] = replaced(value[path[0]], path[1:], other)
    return copy
