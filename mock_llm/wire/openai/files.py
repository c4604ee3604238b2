"""Files: upload, retrieve, list, delete, download. They stay until they expire or make room."""

from collections.abc import Mapping
from typing import Any

import orjson

from mock_llm.kept import KeptFile
from mock_llm.lab import Lab
from mock_llm.refusals import Refusal
from mock_llm.wire import fields
from mock_llm.wire.openai.complaints import KINDS, WORDS
from mock_llm.wire.openai.multipart import Part, read_form
from mock_llm.wire.openai.objects import Call, deleted, no_such_file, page_of_store

PURPOSES = ("assistants", "batch", "fine-tune", "vision", "user_data", "evals")
SHORTEST_S, LONGEST_S = 3600, 2_592_000
_BATCH_LIVES_S = 2_592_000
_ANCHOR = KINDS.one_of("created_at")
_SECONDS = KINDS.integer(SHORTEST_S, LONGEST_S)


async def create(call: Call) -> bytes:
    """POST /v1/files."""
    form = read_form(call.line.headers.get(b"content-type", b""), call.visit.body)
    purpose = form["purpose"].text if "purpose" in form else ""
    if not purpose:
        raise fields.missing("purpose")
    if purpose not in PURPOSES:
        raise WORDS.not_one_of("purpose", PURPOSES, purpose)
    part = form.get("file")
    if part is None or part.filename is None:
        raise fields.missing("file")
    lives_s = _expires_after(form)
    if lives_s is None and purpose == "batch":
        lives_s = _BATCH_LIVES_S
    now = int(call.now)
    file = KeptFile(
        id=f"file-{call.visit.token}",
        content=part.content,
        filename=part.filename,
        purpose=purpose,
        created_at=now,
        expires_at=None if lives_s is None else now + lives_s,
    )
    keep_file(call.lab, file)
    return orjson.dumps(_object(file))


async def retrieve(call: Call) -> bytes:
    """GET /v1/files/{id}."""
    return orjson.dumps(_object(_found(call)))


async def delete(call: Call) -> bytes:
    """DELETE /v1/files/{id}."""
    _found(call)
    call.lab.kept.files.drop(call.id)
    return deleted(call.id, "file")


async def content(call: Call) -> bytes:
    """GET /v1/files/{id}/content."""
    return _found(call).content


async def list_all(call: Call) -> bytes:
    """GET /v1/files: the newest first, of one purpose if asked."""
    purpose = call.asked("purpose")

    def shown(file: KeptFile) -> Mapping[str, Any] | None:
        fits = purpose in (None, file.purpose) and not _expired(file, call.now)
        return _object(file) if fits else None

    return page_of_store(call, call.lab.kept.files, shown, order="desc", limit=10_000, most=10_000)


def keep_file(lab: Lab, file: KeptFile) -> None:
    """Let a lab keep a file."""
    lab.kept.files.keep(file.id, file, len(file.content))


def find_file(lab: Lab, id: str) -> KeptFile | None:
    """A lab's file, unless it has expired."""
    file = lab.kept.files.get(id)
    return None if file is None or _expired(file, lab.clock.wall()) else file


def _expires_after(form: Mapping[str, Part]) -> int | None:
    """After how many seconds a file is to expire; None if that is not said."""
    given = [name for name in form if name.startswith("expires_after")]
    if not given:
        return None
    if "expires_after" in given or "expires_after[]" in given:
        kind = "" if "expires_after" in given else []
        raise fields.wrong_type("expires_after", "an object", kind)
    said = form.get("expires_after[seconds]")
    anchor = form.get("expires_after[anchor]")
    _ANCHOR.check("expires_after.anchor", anchor.text if anchor else None)
    if said is None or not said.text.isdecimal():
        raise fields.wrong_type("expires_after.seconds", "an integer", said.text if said else None)
    seconds = int(said.text[:12])
    _SECONDS.check("expires_after.seconds", seconds)
    return seconds


def _expired(file: KeptFile, now: float) -> bool:
    return file.expires_at is not None and file.expires_at <= now


def _object(file: KeptFile) -> Mapping[str, Any]:
    return {
        "id": file.id,
        "object": "file",
        "bytes": len(file.content),
        "created_at": file.created_at,
        "expires_at": file.expires_at,
        "filename": file.filename,
        "purpose": file.purpose,
        "status": "processed",
        "status_details": None,
    }


def _found(call: Call) -> KeptFile:
    file = find_file(call.lab, call.id)
    if file is None:
        raise no_such_file(call.id)
    return file


def not_for_batches(file: KeptFile) -> Refusal:
    return Refusal(
        "invalid_value",
        f"The file {file.id} has the purpose '{file.purpose}'; a batch needs one with 'batch'.",
        param="input_file_id",
    )
