"""The dashboard as an ASGI app: the page, its feed, controls and exports, and /metrics."""

from collections.abc import Callable
from typing import Any

import orjson
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from mock_llm.dashboard import files
from mock_llm.dashboard.controls import CONTROLS, choices
from mock_llm.dashboard.exports import EXPORTS, FORMATS
from mock_llm.dashboard.guard import Guard, NotAllowed
from mock_llm.dashboard.paths import ROOM
from mock_llm.dashboard.reading import kept
from mock_llm.dashboard.room import Room, UnknownLab
from mock_llm.dashboard.standing import Standing
from mock_llm.evidence import metrics
from mock_llm.evidence.verdict import judge
from mock_llm.lab import Lab
from mock_llm.labs import Labs
from mock_llm.refusals import Refusal
from mock_llm.wire.asgi import App
from mock_llm.wire.last_resort import LastResort
from mock_llm.wire.openai.errors import status_of
from mock_llm.yamlfile import SettingError, Table

ALL = "all"
MOST_JUDGED = 5_000
_LONGEST_BODY = 10_000
# The one style that is let in has no text: plotly.js makes it, and writes its rules by script.
_EMPTY_STYLE = "'sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU='"
_PAGE_HEADERS = {
    "content-security-policy": "default-src 'none'; script-src 'self'; connect-src 'self'; "
    f"style-src 'self' {_EMPTY_STYLE}; img-src 'self' data:; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'",
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
}


def make_site(labs: Labs, admin_token: str | None) -> App:
    """The dashboard of a server."""
    site = _Site(labs, Guard(labs, admin_token))
    routes = [
        Route("/", site.page),
        Route("/dashboard", site.page),
        Route("/dashboard/{name}", site.file),
        Route("/metrics", site.metrics),
        Route(ROOM, site.feed),
        Route(f"{ROOM}/choices", site.choices),
        Route(f"{ROOM}/verdict", site.verdict),
        Route(f"{ROOM}/{{what}}.{{format}}", site.export),
        Route(f"{ROOM}/{{control}}", site.control, methods=["POST"]),
    ]
    handlers: dict[Any, Any] = {
        HTTPException: _failed,
        NotAllowed: _says(lambda error: 401),
        UnknownLab: _says(lambda error: 404),
        SettingError: _says(lambda error: 422),
        Refusal: _says(status_of),
    }
    wrapped = [Middleware(LastResort)]
    return Starlette(routes=routes, exception_handlers=handlers, middleware=wrapped)


class _Site:
    # What is not async runs in a thread: it may take longer than the server's loop may stand.

    def __init__(self, labs: Labs, guard: Guard) -> None:
        self._room = Room(labs)
        self._standing = Standing(labs)
        self._guard = guard

    def page(self, request: Request) -> Response:
        return _sent(request, files.page_files()["index.html"])

    def file(self, request: Request) -> Response:
        name = request.path_params["name"]
        found = files.charts() if name == "plotly.min.js" else files.page_files().get(name)
        if found is None:
            raise HTTPException(404)
        return _sent(request, found)

    def metrics(self, request: Request) -> Response:
        self._guard.scrape(request)
        text = metrics.exposition(self._room.labs())
        return Response(text, headers={"content-type": metrics.CONTENT_TYPE})

    def feed(self, request: Request) -> Response:
        access = self._guard.look(request)
        wanted = request.query_params.get("lab")
        chosen = self._room.lab(wanted) if wanted and access.own is None else access.own
        return _json(self._room.feed(access.own, chosen))

    def choices(self, request: Request) -> Response:
        access = self._guard.look(request)
        library = files.charts_path()
        plain = {
            "may_control": access.may_control,
            "charts": "/dashboard/plotly.min.js" if library else None,
            **choices(),
        }
        return _json(orjson.dumps(plain))

    def verdict(self, request: Request) -> Response:
        self._guard.control(request)
        lab = self._room.lab(request.query_params.get("lab", ""))
        lab.catch_up()
        entries = [visit.entry() for visit in kept(lab.records, MOST_JUDGED)]
        total = lab.records.written
        judged = {"requests": total, "judged": len(entries), **judge(entries).to_dict()}
        return _json(orjson.dumps(judged))

    def export(self, request: Request) -> Response:
        self._guard.control(request)
        what, format = request.path_params["what"], request.path_params["format"]
        if what not in EXPORTS or format not in FORMATS:
            raise HTTPException(404)
        labs = self._chosen(request.query_params.get("lab", ALL))
        (columns, rows), (type, written) = EXPORTS[what], FORMATS[format]
        headers = {
            "content-disposition": f'attachment; filename="{what}.{format}"',
            "x-content-type-options": "nosniff",
        }
        return StreamingResponse(written(columns, rows(labs)), media_type=type, headers=headers)

    async def control(self, request: Request) -> Response:
        self._guard.control(request)
        control = request.path_params["control"]
        if control not in CONTROLS:
            raise HTTPException(404)
        table = Table.of(await _body(request), "the request")
        changed = await run_in_threadpool(self._change, control, table)
        return _json(orjson.dumps({"labs": changed}))

    def _change(self, control: str, table: Table) -> int:
        id = table.text("lab")
        labs = self._chosen(id)
        CONTROLS[control](labs, table)
        if id == ALL:
            self._standing.note(control, {key: table.raw(key) for key in table if key != "lab"})
            for opened_meanwhile in set(self._room.labs()).difference(labs):
                self._standing.tell(opened_meanwhile)
        self._room.forget()
        return len(labs)

    def _chosen(self, id: str) -> list[Lab]:
        return self._room.labs() if id == ALL else [self._room.lab(id)]


async def _body(request: Request) -> object:
    # Only JSON: a page of another origin cannot send that without asking, and is not let in.
    if request.headers.get("content-type", "").partition(";")[0].strip() != "application/json":
        raise HTTPException(415, "Send JSON (content-type: application/json).")
    body = b""
    async for piece in request.stream():
        body += piece
        if len(body) > _LONGEST_BODY:
            raise HTTPException(413, f"At most {_LONGEST_BODY} bytes.")
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise HTTPException(400, f"This is no JSON: {error}") from error


def _sent(request: Request, file: files.File) -> Response:
    headers = _PAGE_HEADERS | {
        "content-type": file.type,
        "cache-control": "no-cache",
        "etag": f'"{file.tag}"',
        "vary": "accept-encoding",
    }
    if request.headers.get("if-none-match") == headers["etag"]:
        return Response(status_code=304, headers=headers)
    if file.packed is not None and "gzip" in request.headers.get("accept-encoding", ""):
        return Response(file.packed, headers=headers | {"content-encoding": "gzip"})
    return Response(file.body, headers=headers)


def _json(body: bytes) -> Response:
    return Response(
        body,
        media_type="application/json",
        headers={"cache-control": "no-store", "x-content-type-options": "nosniff"},
    )


def _failed(request: Request, error: HTTPException) -> Response:
    said = str(error.detail)
    if error.status_code in (404, 405):
        said = f"{request.method} {request.url.path} is not there."
    return _error(error.status_code, said)


def _says(status: Callable[[Any], int]) -> Callable[[Request, Exception], Response]:
    def handle(request: Request, error: Exception) -> Response:
        return _error(status(error), str(error))

    return handle


def _error(status: int, message: str) -> Response:
    kind = "authentication_error" if status == 401 else "invalid_request_error"
    body = {"error": {"message": message, "type": kind, "param": None, "code": None}}
    return JSONResponse(body, status)
