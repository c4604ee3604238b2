"""What the references of a JSON schema mean. They are looked up in the schema itself, never on the
network or on disk."""

from __future__ import annotations

from urllib.parse import unquote, urldefrag, urljoin

import orjson

from mock_llm.knowledge.schema_reading import Schema, within

_SHOWN = 100  # characters of a reference in a message


class References:
    """The places in a schema that `$ref` may name: by a pointer, an `$anchor` or an `$id`."""

    def __init__(self, root: Schema) -> None:
        self._root = root
        self._found: dict[tuple[int, str], object] = {}
        self._is_whole: bool | None = None  # whether no part of it has an address of its own
        self._bases: dict[int, str] = {}
        self._resources: dict[str, object] = {}
        self._anchors: dict[tuple[str, str], object] = {}
        self._dynamic: set[str] = set()
        self._twice: set[str] = set()

    def target(self, schema: Schema, keyword: str = "$ref") -> object:
        """The schema that a schema refers to.

        Raises:
            ValueError: it is none within the root, or depends on where one comes from.
        """
        key = id(schema), keyword
        if key not in self._found:
            self._found[key] = self._target(schema, str(schema[keyword]))
        return self._found[key]

    def _target(self, schema: Schema, ref: str) -> object:
        if ref == "#" or ref.startswith("#/"):
            if self._is_whole is None:
                self._is_whole = b'"$id"' not in orjson.dumps(self._root)
            if self._is_whole:
                return pointed(self._root, unquote(ref[1:]), ref)
        if not self._resources:
            self._resources[""] = self._root
            self._read(self._root, "")
        base = self._bases.get(id(schema), "")
        # A urn: is no address that others could be joined to.
        address, fragment = urldefrag(base + ref if ref.startswith("#") else urljoin(base, ref))
        fragment = unquote(fragment)
        if address not in self._resources:
            shown = ref[:_SHOWN]
            raise ValueError(f"only references within the schema are known, not {shown}")
        if fragment in self._twice and (address, fragment) in self._anchors:
            raise ValueError(f"the dynamic anchor {fragment[:_SHOWN]} has more than one meaning")
        if fragment and not fragment.startswith("/"):
            if (address, fragment) not in self._anchors:
                raise ValueError(f"the schema has no {ref[:_SHOWN]}")
            return self._anchors[address, fragment]
        found = pointed(self._resources[address], fragment, ref)
        if isinstance(found, dict) and id(found) not in self._bases:
            self._read(found, address)
        return found

    def _read(self, schema: Schema, base: str) -> None:
        """Note a schema's addresses and those of all in it."""
        todo: list[tuple[object, str]] = [(schema, base)]
        while todo:
            each, base = todo.pop()
            if not isinstance(each, dict) or id(each) in self._bases:
                continue
            own = each.get("$id")
            if isinstance(own, str) and not own.startswith("#"):
                base = urldefrag(urljoin(base, own))[0]
                self._resources.setdefault(base, each)
            self._bases[id(each)] = base
            for key in ("$anchor", "$dynamicAnchor"):
                if isinstance(each.get(key), str):
                    self._anchors[base, each[key]] = each
            named = each.get("$dynamicAnchor")
            if isinstance(named, str):
                (self._twice if named in self._dynamic else self._dynamic).add(named)
            todo += [(inner, base) for inner in within(each)]


def pointed(node: object, pointer: str, ref: str) -> object:
    """The schema at a JSON pointer.

    Raises:
        ValueError: there is none.
    """
    for part in pointer.split("/")[1:]:
        key = part.replace("~1", "/").replace("~0", "~")
        if isinstance(node, list) and key.isdecimal() and int(key) < len(node):
            node = node[int(key)]
        elif isinstance(node, dict) and key in node:
            node = node[key]
        else:
            raise ValueError(f"the schema has no {ref[:_SHOWN]}")
    if not isinstance(node, dict | bool):
        raise ValueError(f"there is no schema at {ref[:_SHOWN]}")
    return node
