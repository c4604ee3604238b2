import contextlib

import httpx2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mock_llm.refusals import Refusal
from mock_llm.wire.openai.multipart import read_form


@given(st.binary(max_size=200))
def test_a_file_comes_out_as_it_went_in(content):
    request = httpx2.Request(
        "POST", "http://x", data={"purpose": "batch"}, files={"file": ("a b.txt", content)}
    )
    form = read_form(request.headers["content-type"].encode(), request.read())
    assert form["file"].content == content
    assert form["file"].filename == "a b.txt"
    assert (form["purpose"].text, form["purpose"].filename) == ("batch", None)


@given(st.binary(max_size=200))
def test_no_body_breaks_the_reader(body):
    with contextlib.suppress(Refusal):
        read_form(b"multipart/form-data; boundary=x", b"--x\r\n" + body)


@pytest.mark.parametrize("kind", [b"", b"multipart/form-data", b"text/plain; boundary=x"])
def test_what_is_no_form_is_refused(kind):
    with pytest.raises(Refusal):
        read_form(kind, b"--x--")
