"""Which path and method lead where, under /v1.

The paths that let a model run are looked up as they stand (`READERS`) before anything else; here
are the others, by their shape.
"""

from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass

from mock_llm.injected.fault_kinds import BATCHES, CHAT, FILES, MODELS, RESPONSES
from mock_llm.wire.openai import batches, chat_objects, files, models, responses_objects
from mock_llm.wire.openai.objects import Call
from mock_llm.wire.openai.readers import READERS

Handler = Callable[[Call], Awaitable[bytes]]


@dataclass(frozen=True, slots=True)
class Route:
    """Where requests with one shape of path go, by method.

    `endpoint` is what the journal calls them: the path with {id} for what varies, so that their
    number is bounded. `raw` serves requests with `stream=true` in their query, from admission to
    the last byte.
    """

    endpoint: str
    methods: Mapping[str, Handler]
    kind: bytes = b"application/json"
    raw: Callable[[Call], Awaitable[None]] | None = None


_ROUTES = (
    Route(
        f"{CHAT}/{{id}}",
        {
            "GET": chat_objects.retrieve,
            "POST": chat_objects.update,
            "DELETE": chat_objects.delete,
        },
    ),
    Route(f"{CHAT}/{{id}}/messages", {"GET": chat_objects.list_messages}),
    Route(
        f"{RESPONSES}/{{id}}",
        {"GET": responses_objects.retrieve, "DELETE": responses_objects.delete},
        raw=responses_objects.replay,
    ),
    Route(f"{RESPONSES}/{{id}}/cancel", {"POST": responses_objects.cancel}),
    Route(f"{RESPONSES}/{{id}}/input_items", {"GET": responses_objects.list_items}),
    Route(f"{RESPONSES}/input_tokens", {"POST": responses_objects.count_input}),
    Route(FILES, {"GET": files.list_all, "POST": files.create}),
    Route(f"{FILES}/{{id}}", {"GET": files.retrieve, "DELETE": files.delete}),
    Route(
        f"{FILES}/{{id}}/content",
        {"GET": files.content},
        kind=b"application/octet-stream",
    ),
    Route(BATCHES, {"GET": batches.list_all, "POST": batches.create}),
    Route(f"{BATCHES}/{{id}}", {"GET": batches.retrieve}),
    Route(f"{BATCHES}/{{id}}/cancel", {"POST": batches.cancel}),
)
_BY_SHAPE = {route.endpoint: route for route in _ROUTES}
# A list has a name of its own where the same path lets a model run: faults on the one leave the
# other alone, and the journal tells them apart.
_LISTED_COMPLETIONS = Route(f"GET {CHAT}", {"GET": chat_objects.list_all})
_MODELS = Route(
    MODELS,
    {"GET": models.list_or_retrieve, "DELETE": models.delete},
)
_LISTED_MODELS = Route(MODELS, {"GET": models.list_or_retrieve})


def served() -> Iterator[tuple[str, str]]:
    """Every method and path that is answered, with {id} for what varies."""
    yield from (("POST", path) for path in READERS)
    yield from (("GET", path) for path in (CHAT, MODELS))
    yield from ((method, route.endpoint) for route in _ROUTES for method in route.methods)
    yield from ((method, f"{MODELS}/{{id}}") for method in _MODELS.methods)


def find(method: str, path: str) -> tuple[Route | None, str]:
    """The route of a path, None if there is none, and the id in the path, "" if it has none."""
    if path == CHAT and method == "GET":
        return _LISTED_COMPLETIONS, ""
    if path == MODELS:
        return _LISTED_MODELS, ""
    if path.startswith(f"{MODELS}/"):
        return _MODELS, path[len(MODELS) + 1 :]
    if path in _BY_SHAPE:
        return _BY_SHAPE[path], ""
    parts = path.split("/")
    for position in (3, 4):  # ["", "v1", "files", id] and ["", "v1", "chat", "completions", id]
        if position < len(parts) and parts[position]:
            shape = "/".join([*parts[:position], "{id}", *parts[position + 1 :]])
            if shape in _BY_SHAPE:
                return _BY_SHAPE[shape], parts[position]
    return None, ""


def methods(path: str) -> list[str]:
    """The methods that a path takes."""
    found = ["POST"] if path in READERS else []
    route, _ = find("", path)
    listed = ["GET"] if path == CHAT else []
    return [*found, *listed, *(route.methods if route else ())]
