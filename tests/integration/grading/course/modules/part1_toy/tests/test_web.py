"""Task `web`: judged over HTTP."""

from workshop.grading import checks


@checks("web.answers")
def test_the_page_answers(worker, http):
    with worker.start() as w:
        reply = http.get(w.serve("shop.web:build") + "/total", params={"a": 2, "b": 5})
    assert reply.status_code == 200, f"/total answered {reply.status_code}, expected 200"
    assert reply.json() == {"total": 7}, f"/total?a=2&b=5 answered {reply.text[:80]}"
