"""The dashboard in a real browser."""

import json
import re
import struct
import subprocess
import sys
import time
from pathlib import Path

import httpx2
import pytest
from chromium import SHIFT, browser_page, executable

from mock_llm import MockLLM
from mock_llm.dashboard import files
from mock_llm.dashboard import watch as watching
from mock_llm.evidence.prices import Usage

pytestmark = pytest.mark.skipif(
    executable() is None, reason="needs Chromium on PATH (Debian: apt install chromium)"
)
IMAGES = Path(__file__).parents[3] / "docs" / "images"
TOKEN = "letmein"  # noqa: S105
NASTY = '<img src=x onerror="window.hacked=1">'
LOADED = "!document.getElementById('main').hidden"
CHARTS = "[...document.querySelectorAll('.chart')].every(each => each.data)"
FOCUSED = "document.activeElement.id || document.activeElement.textContent"


@pytest.fixture(scope="module")
def browser():
    with browser_page(flags=("--window-size=1400,900",)) as page:
        for domain in ("Page", "Runtime", "Network", "Log"):
            page.send(f"{domain}.enable")
        yield page


@pytest.fixture
def room():
    with MockLLM("instant") as running:
        yield running


@pytest.fixture
def page(browser, room):
    """The room's page, loaded."""
    fresh(browser)
    browser.open(room.url)
    browser.wait(LOADED)
    yield browser
    browser.open("about:blank")
    assert problems(browser) == []


def fresh(page):
    page.open("about:blank")
    page.events.clear()
    page.resize(1400, 900)
    page.prefer("light")


def problems(page):
    """What the page did wrong, by the browser's own account."""
    found = []
    for event in page.events:
        about = event["params"]
        if event["method"] == "Runtime.exceptionThrown":
            found.append(about["exceptionDetails"]["exception"].get("description"))
        elif event["method"] == "Log.entryAdded" and about["entry"]["level"] == "error":
            found.append(about["entry"]["text"])
    # plotly.js brings a style sheet for maps along, which the page's policy keeps out.
    return [each for each in found if "Applying inline style" not in str(each)]


def ask(room, key, text="hi", **more):
    body = {"model": "gpt-6-luna", "messages": [{"role": "user", "content": text}], **more}
    headers = {"Authorization": f"Bearer {key}"}
    with httpx2.Client(base_url=room.url, headers=headers, trust_env=False, timeout=20) as plain:
        return plain.post("/v1/chat/completions", json=body).status_code


def text(page, id):
    return page.value(f"document.getElementById({id!r}).textContent")


def wait_for_text(page, id, wanted, timeout_s=20):
    page.wait(f"document.getElementById({id!r}).textContent.includes({wanted!r})", timeout_s)


def click(page, expression):
    page.wait(f"!!({expression})")
    page.value(f"({expression}).click()")


def show(page, key):
    """Look at one lab."""
    click(page, f"document.querySelector('#labs button[aria-label=\"Show only {key}\"]')")
    page.wait(f"document.querySelector('[data-scope]').textContent === {key!r}")


def colour(page, what="backgroundColor"):
    red, green, blue = map(
        int, re.findall(r"\d+", page.value(f"getComputedStyle(document.body).{what}"))[:3]
    )
    return red + green + blue


def tab_to(page, wanted, most=80, modifiers=0):
    """Press Tab until something has the focus; it must be seen to have it."""
    for _ in range(most):
        page.press("Tab", modifiers)
        if page.value(f"document.activeElement.matches({wanted!r})"):
            outline = page.value("getComputedStyle(document.activeElement).outlineStyle")
            assert outline != "none", f"{wanted} has the focus and does not show it"
            return
    pytest.fail(f"{wanted} is not reached by {most} times Tab")


def test_the_page_asks_its_own_server_and_nobody_else(page, room):
    page.wait(CHARTS)
    asked = [
        event["params"]["request"]["url"]
        for event in page.events
        if event["method"] == "Network.requestWillBeSent"
    ]
    own = [url for url in asked if url.startswith(room.url + "/")]
    assert [url for url in asked if url not in own and not url.startswith("about:")] == []
    assert {"/dashboard/main.js", "/dashboard/plotly.min.js", "/_mock/room"} <= {
        url.removeprefix(room.url) for url in own
    }
    failed = [
        event["params"]["response"]
        for event in page.events
        if event["method"] == "Network.responseReceived"
        and event["params"]["response"]["status"] >= 400
    ]
    assert failed == []


def test_numbers_follow_the_traffic(page, room):
    assert text(page, "tile-requests") == "0"
    for _ in range(3):
        ask(room, "sk-a", user="ann", metadata={"feature": "search"})
    ask(room, "sk-b", model="gpt-9")
    page.wait("document.getElementById('tile-requests').textContent === '4'")
    dollars = room.lab("sk-a").ledger().total_nanodollars / 1e9
    assert text(page, "tile-spend") == f"${dollars:.6f}"
    assert text(page, "tile-failed-share") == "25 %"
    for id, wanted in (("users", "ann"), ("features", "search"), ("models", "gpt-6-luna")):
        wait_for_text(page, id, wanted)
    wait_for_text(page, "failures", "unknown model")
    wait_for_text(page, "minutes", "the last4")


def test_charts_are_drawn_and_follow(page, room):
    page.wait(CHARTS)
    for _ in range(3):
        ask(room, "sk-a")
    drawn = "document.getElementById('chart-spend').data[0].y.at(-1)"
    total = room.lab("sk-a").ledger().total_nanodollars
    page.wait(f"Math.abs({drawn} * 1e9 - {total}) < 1")
    label = page.value("document.getElementById('chart-spend').getAttribute('aria-label')")
    assert label.startswith("$0.0")


def test_a_budget_is_a_line_at_the_level_where_nothing_is_left(page, room):
    ask(room, "sk-a")
    show(page, "sk-a")
    page.value("document.getElementById('dollars').value = '0.5'")
    page.value("document.getElementById('per').value = 'day'")
    click(page, "document.querySelector('#budget-form button')")
    wait_for_text(page, "budgets", "$0.5000 a day")
    page.wait(CHARTS)
    line = page.wait("document.getElementById('chart-spend').data[1]?.y")
    assert line == [pytest.approx(0.5), pytest.approx(0.5)]


def test_a_scenario_button_changes_what_one_lab_does(page, room):
    for key in ("sk-a", "sk-b"):
        ask(room, key)
    show(page, "sk-a")
    click(page, "document.querySelector('[data-scenario=healthy]')")
    wait_for_text(page, "said", "“healthy” plays in sk-a.")
    assert room.lab("sk-a").scenario().name == "healthy"
    assert room.lab("sk-b").scenario().name == "instant"
    page.wait(
        "document.querySelector('[data-scenario=healthy]').getAttribute('aria-pressed') === 'true'"
    )


def test_the_whole_room_is_changed_only_after_a_yes(page, room):
    for key in ("sk-a", "sk-b"):
        ask(room, key)
    wait_for_text(page, "labs", "sk-b")
    click(page, "document.querySelector('[data-scenario=healthy]')")
    page.wait("document.getElementById('confirm').open")
    assert text(page, "confirm-text") == "Play “healthy” in all 2 labs of the room?"
    page.press("Escape")
    page.wait("!document.getElementById('confirm').open")
    time.sleep(0.3)  # a change would have arrived
    assert room.lab("sk-a").scenario().name == "instant"
    click(page, "document.querySelector('[data-scenario=healthy]')")
    click(page, "document.getElementById('confirm-yes')")
    wait_for_text(page, "said", "plays in 2 labs")
    assert {room.lab(key).scenario().name for key in ("sk-a", "sk-b")} == {"healthy"}


def test_sliders_make_one_lab_slow_and_let_it_fail(page, room):
    ask(room, "sk-a")
    show(page, "sk-a")
    for id, value in (("ttft", 0.4), ("per-token", 0), ("probability", 100)):
        page.value(
            f"(s => {{ s.value = {value}; s.dispatchEvent(new Event('input')) }})"
            f"(document.getElementById({id!r}))"
        )
    assert text(page, "ttft-output") == "0.4 s"
    click(page, "document.querySelector('#latency-form button')")
    wait_for_text(page, "said", "Set 400 ms to the first token in sk-a")
    assert room.lab("sk-a").latency().default.ttft_median_s == 0.4
    click(page, "document.querySelector('#failures-form button')")
    wait_for_text(page, "said", "Set 100 % unavailable in sk-a")
    assert ask(room, "sk-a") == 503
    wait_for_text(page, "failures", "unavailable")


def test_everything_is_reached_and_done_by_keyboard(page, room):
    ask(room, "sk-a")
    wait_for_text(page, "labs", "sk-a")
    page.value("document.activeElement.blur()")
    page.press("Tab")
    assert text(page, "glance-title") in page.value("document.body.textContent")
    assert page.value("document.activeElement.className") == "skip"
    tab_to(page, "#pause")
    page.press("Enter")
    wait_for_text(page, "state", "Paused at")
    page.press(" ")
    wait_for_text(page, "state", "Live")
    tab_to(page, "#labs button")
    page.press("Enter")
    page.wait("document.querySelector('[data-scope]').textContent === 'sk-a'")
    tab_to(page, "[data-scenario=healthy]")
    assert "good day" in page.wait("document.getElementById('scenario-says').textContent")
    page.press(" ")
    wait_for_text(page, "said", "“healthy” plays in sk-a.")
    tab_to(page, "#ttft")
    before = text(page, "ttft-output")
    page.press("ArrowRight")
    assert text(page, "ttft-output") != before
    tab_to(page, "#reset")
    page.press("Enter")
    page.wait("document.getElementById('confirm').open")
    assert page.value("document.activeElement.textContent") == "Cancel"
    page.press("Tab")
    page.press("Enter")
    wait_for_text(page, "said", "Started over: sk-a.")
    assert room.lab("sk-a").journal() == []
    assert page.value("document.activeElement.id") == "reset"
    tab_to(page, "#dollars", modifiers=SHIFT)


def test_a_scenario_for_the_whole_room_is_played_by_keyboard_and_joined_by_latecomers(page, room):
    for key in ("sk-a", "sk-b"):
        ask(room, key)
    wait_for_text(page, "labs", "sk-b")
    page.value("document.activeElement.blur()")
    tab_to(page, "#skip-to-controls")
    page.press("Enter")
    page.wait("document.activeElement.id === 'controls'")
    tab_to(page, "[data-scenario=outage]")
    page.press("Enter")
    page.wait("document.getElementById('confirm').open")
    page.press("Tab")
    page.press("Enter")
    wait_for_text(page, "said", "“outage” plays in 2 labs.")
    assert page.value("document.activeElement.dataset.scenario") == "outage"
    assert room.lab("sk-late").scenario().name == "outage"
    wait_for_text(page, "labs", "sk-late")
    page.wait(
        "document.querySelector('[data-scenario=outage]').getAttribute('aria-pressed') === 'true'"
    )


def test_faults_and_a_budget_are_set_by_keyboard(page, room):
    ask(room, "sk-a")
    show(page, "sk-a")
    page.value("document.activeElement.blur()")
    tab_to(page, "#kind")
    kind = page.value("document.activeElement.value")
    page.press("ArrowDown")
    page.wait(f"document.getElementById('kind').value !== {kind!r}")
    chosen = page.value("document.getElementById('kind').value")
    tab_to(page, "#probability")
    page.press("ArrowRight")
    spoken = page.value("document.activeElement.getAttribute('aria-valuetext')")
    assert spoken == text(page, "probability-output") == "21 %"
    page.press("Tab")
    page.press("Enter")
    wait_for_text(page, "said", "Set 21 %")
    assert [(each.kind, each.probability) for each in room.lab("sk-a").faults()] == [(chosen, 0.21)]
    page.press("Tab")
    assert page.value("document.activeElement.id") == "dollars"
    page.type("0.25")
    page.press("Enter")
    wait_for_text(page, "said", "Set a budget of $0.25 in sk-a")
    wait_for_text(page, "budgets", "$0.2500")


def test_what_was_done_is_said_where_it_is_seen(page, room):
    ask(room, "sk-a")
    show(page, "sk-a")
    page.resize(800, 500)
    click(page, "document.querySelector('#budget-form button')")
    wait_for_text(page, "said", "Set no budget")
    bottom = page.value("document.getElementById('said').getBoundingClientRect().bottom")
    assert 0 < bottom <= 500


def test_everything_that_is_worked_has_a_name(page, room):
    ask(room, "sk-a")
    room.lab("sk-a").set_budgets([{"dollars": 1}])
    wait_for_text(page, "budgets", "$1.00")
    nodes = page.send("Accessibility.getFullAXTree")["nodes"]
    worked = ("button", "combobox", "slider", "spinbutton", "textbox", "meter", "link", "dialog")
    nameless = [
        node["role"]["value"]
        for node in nodes
        if node.get("role", {}).get("value") in worked and not node["name"]["value"].strip()
    ]
    assert nameless == []


def test_a_user_whose_requests_all_failed_is_shown_with_latencies(page, room):
    ask(room, "sk-a", user="ann", metadata={"feature": "search"})
    room.lab("sk-a").add_fault("unavailable", user="bob")
    for _ in range(3):
        ask(room, "sk-a", user="bob")
    wait_for_text(page, "users", "3 (100 %)")
    titles = page.value("[...document.querySelectorAll('#users thead th')].map(e => e.textContent)")
    row = page.value(
        "[...[...document.querySelectorAll('#users tbody tr')]"
        ".find(each => each.cells[0].textContent === 'bob').cells].map(e => e.textContent)"
    )
    found = dict(zip(titles, row, strict=True))
    assert (found["Requests"], found["Failed"], found["Spend"]) == ("3", "3 (100 %)", "$0.00")
    assert all(found[name].endswith("s") for name in ("p50", "p95", "p99"))


def test_a_lab_that_cannot_be_read_says_why_beside_the_others(page, room, monkeypatch):
    for key in ("sk-a", "sk-b"):
        ask(room, key)
    break_lab(monkeypatch, "sk-b")
    ask(room, "sk-b")
    wait_for_text(page, "labs", "cannot be read: OverflowError: far too late")
    assert text(page, "state") == "Live"
    assert text(page, "tile-requests") == "1"
    show(page, "sk-b")
    wait_for_text(page, "lab-problem", "This lab cannot be read")
    monkeypatch.undo()
    page.wait("document.getElementById('lab-problem').textContent === ''")
    page.wait("document.getElementById('tile-requests').textContent === '2'")


def break_lab(monkeypatch, key):
    read = watching.news

    def news(records, *rest):
        if records.api_key == key:
            raise OverflowError("far too late")
        return read(records, *rest)

    monkeypatch.setattr(watching, "news", news)


def test_what_has_the_focus_keeps_it_while_the_numbers_change(page, room):
    for key in ("sk-a", "sk-b"):
        ask(room, key)
    focused = "document.querySelector('#labs button[aria-label=\"Show only sk-b\"]')"
    page.wait(f"!!{focused}")
    page.value(f"{focused}.focus()")
    for _ in range(2):
        requests = text(page, "tile-requests")
        ask(room, "sk-b")
        page.wait(f"document.getElementById('tile-requests').textContent !== {requests!r}")
        assert page.value(f"document.activeElement === {focused}")


def fill(room):
    """Twelve labs as a lesson leaves them, some names longer than anybody expects."""
    for number in range(12):
        lab = room.lab("sk-lab-" + ("long" * 20 if number == 3 else f"person-{number}"))
        for place in range(30):
            one = lab.arrive("/v1/chat/completions")
            one.model, one.usage = "gpt-6.1-terra", Usage(3000 + 7 * place, 400 + place)
            one.user = f"user-{place % 6}@" + "company." * (8 if place % 6 else 1)
            one.feature = ("search", "summary", "feature" * 20)[place % 3]
            one.received -= 0.3 + place / 2
            one.close("ok" if place % 4 else "error", 200 if place % 4 else 400)
    room.lab("sk-lab-person-0").set_budgets(
        [{"dollars": 0.0001}, {"dollars": 300, "per": "day", "user": "user-1@" + "company." * 8}]
    )
    room.lab("sk-lab-person-2").set_scenario("outage")


@pytest.mark.parametrize("width", [800, 970, 1260, 1300, 1700])
def test_the_tables_of_a_full_room_fit_into_the_window(page, room, width):
    fill(room)
    page.resize(width, 900)
    wait_for_text(page, "users", "user-5@")
    wait_for_text(page, "labs", "sk-lab-person-11")
    page.value("document.getElementById('minutes-details').open = true")
    scrolled = page.value(
        "[...document.querySelectorAll('.scroll')]"
        ".filter(each => each.scrollWidth > each.clientWidth)"
        ".map(each => [each.firstElementChild.id, each.scrollWidth, each.clientWidth])"
    )
    assert scrolled == []


@pytest.mark.parametrize("width", [400, 800, 1300])
def test_no_number_is_broken_over_two_lines(page, room, width):
    fill(room)
    page.resize(width, 900)
    wait_for_text(page, "users", "user-5@")
    broken = page.value(
        "[...document.querySelectorAll('td:not(.text), .tiles dd:not(.small)')].filter(each => {"
        "  const lines = document.createRange(); lines.selectNodeContents(each);"
        "  const tops = [...lines.getClientRects()].map(line => line.bottom);"
        "  return !each.classList.contains('used') && Math.max(...tops) - Math.min(...tops) > 4;"
        "}).map(each => each.textContent)"
    )
    assert broken == []
    tiles = "[...document.querySelectorAll('.tiles dd:not(.small)')]"
    assert page.value(f"{tiles}.filter(each => each.scrollWidth > each.clientWidth).length") == 0
    rows = page.value("[...document.querySelectorAll('.tiles > div')].map(each => each.offsetTop)")
    assert len({rows.count(top) for top in rows}) == 1, "a tile stands alone in its row"


def test_a_table_is_a_stop_on_the_keyboards_way_only_where_it_is_scrolled(page, room):
    fill(room)
    wait_for_text(page, "labs", "sk-lab-person-11")
    box = "document.getElementById('labs').parentElement"
    page.wait(f"{box}.tabIndex === -1")
    page.resize(400, 800)
    page.wait(f"{box}.tabIndex === 0")
    tab_to(page, "[aria-labelledby=labs-title].scroll")
    page.press("ArrowRight")
    page.wait(f"{box}.scrollLeft > 0")


@pytest.mark.parametrize("width", [360, 560, 800, 1100])
def test_a_narrow_window_is_not_scrolled_sideways(page, room, width):
    for key in ("sk-a", "sk-" + "long" * 40):
        ask(room, key, user="u" * 300, metadata={"feature": "f" * 300})
    room.lab("sk-a").records.set_budgets([])
    page.resize(width, 800)
    wait_for_text(page, "users", "uuuu")
    page.wait(CHARTS)
    wide = page.value(
        "[...document.querySelectorAll('body *')].filter(each => !each.closest('.scroll, .chart')"
        " && each.getBoundingClientRect().right > innerWidth + 1 && each.offsetParent)"
        ".map(each => each.tagName + '#' + each.id)"
    )
    assert wide == []
    assert page.value("document.documentElement.scrollWidth") <= width


def test_light_and_dark_follow_the_system_until_one_is_chosen(page, room):
    page.wait(CHARTS)
    ink = "document.getElementById('chart-requests').layout.font.color"
    light_ink = page.value(ink)
    assert colour(page) > 600
    assert colour(page, "color") < 200
    page.prefer("dark")
    page.wait(f"{ink} !== {light_ink!r}")
    assert colour(page) < 150
    assert colour(page, "color") > 600
    page.value(
        "(s => { s.value = 'light'; s.dispatchEvent(new Event('change')) })"
        "(document.getElementById('theme'))"
    )
    assert colour(page) > 600
    page.open(room.url + "/?again")
    page.wait(LOADED)
    assert colour(page) > 600
    page.value("localStorage.clear()")


def contrast(page, selector):
    """The contrast of a text with what lies behind it, by WCAG 2's formula."""

    def luminance(values):
        parts = [value / 255 for value in values]
        linear = [v / 12.92 if v <= 0.04045 else ((v + 0.055) / 1.055) ** 2.4 for v in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    colours = page.value(
        "(e => { const read = c => c.match(/[\\d.]+/g).map(Number);"
        " const ink = read(getComputedStyle(e).color); let ground = [0, 0, 0, 0];"
        " for (let p = e; p && ground[3] === 0; p = p.parentElement) {"
        "   const g = read(getComputedStyle(p).backgroundColor);"
        "   ground = g.length === 3 ? [...g, 1] : g; }"
        f" return [ink, ground]; }})(document.querySelector({selector!r}))"
    )
    light, dark = sorted((luminance(each[:3]) for each in colours), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_texts_stand_out_from_their_ground(page, room, scheme):
    ask(room, "sk-a")
    ask(room, "sk-a", model="gpt-9")
    show(page, "sk-a")
    page.prefer(scheme)
    selectors = (
        "#state", ".tiles dt", ".tiles dd", ".tiles .alarm dd", "#labs thead th", "tr.chosen td",
        ".note", "#reset", "[data-scope]", "button[aria-pressed=true]", "summary", "h3",
        "#labs tr:not(.chosen) button", "#users th", "#kind", "#dollars", ".skip",
    )  # fmt: skip
    ask(room, "sk-b")
    wait_for_text(page, "labs", "sk-b")
    low = {each: contrast(page, each) for each in selectors if contrast(page, each) < 4.5}
    assert low == {}


def test_what_clients_name_stays_text(page, room):
    ask(room, NASTY, user=NASTY, metadata={"feature": NASTY})
    ask(room, "sk-a", model=NASTY)
    room.lab("sk-a").records.set_budgets([])
    show_name = "document.querySelector('#users tbody th')?.textContent"
    page.wait(f"{show_name} === {json.dumps(NASTY)}")
    click(page, "document.querySelectorAll('#labs button')[0]")
    page.wait(f"document.querySelector('[data-scope]').textContent === {json.dumps(NASTY[:8])} + "
              f"'…' + {json.dumps(NASTY[-4:])}")  # fmt: skip
    assert page.value("document.querySelectorAll('main img').length") == 0
    assert page.value("window.hacked ?? null") is None
    click(page, "document.getElementById('judge')")
    wait_for_text(page, "verdict-about", "All 1 requests.")
    assert page.value("window.hacked ?? null") is None


def test_an_inline_script_would_not_run(page):
    page.value(
        "(s => { s.textContent = 'window.hacked = 1'; document.body.append(s) })"
        "(document.createElement('script'))"
    )
    assert page.value("window.hacked ?? null") is None
    assert any("script-src" in str(each) for each in problems(page))
    page.events.clear()


def test_the_verdict_of_a_lab_is_told(page, room):
    for _ in range(2):
        ask(room, "sk-a")
    show(page, "sk-a")
    click(page, "document.getElementById('judge')")
    wait_for_text(page, "verdict", "Paid once for a request that was paid for within")


def test_the_page_says_when_the_server_is_gone_and_comes_back(browser):
    fresh(browser)
    mock = MockLLM("instant")
    mock.start()
    port = int(mock.url.rpartition(":")[2])
    ask(mock, "sk-a")
    browser.open(mock.url)
    browser.wait(LOADED)
    show(browser, "sk-a")
    mock.stop()
    wait_for_text(browser, "state", "Server gone, the numbers are")
    with MockLLM("instant", port=port) as again:
        ask(again, "sk-z")
        wait_for_text(browser, "state", "Live")
        wait_for_text(browser, "said", "That lab is gone")
        wait_for_text(browser, "labs", "sk-z")
        assert "sk-a" not in text(browser, "labs")
    browser.open("about:blank")


def test_a_page_that_is_paused_asks_for_nothing_by_itself(page, room):
    ask(room, "sk-a")
    wait_for_text(page, "labs", "sk-a")
    click(page, "document.getElementById('pause')")
    wait_for_text(page, "state", "Paused")
    show(page, "sk-a")  # asks once
    page.events.clear()
    time.sleep(2.2)  # two polls
    page.value("1")
    assert [e for e in page.events if e["method"] == "Network.requestWillBeSent"] == []


def test_the_token_is_asked_for_and_never_stands_in_a_url(browser):
    fresh(browser)
    with MockLLM("instant", admin_token=TOKEN) as guarded:
        for key in ("sk-a", "sk-b"):
            ask(guarded, key)
        browser.open(guarded.url)
        browser.wait("document.activeElement.id === 'token'")
        browser.type("wrong")
        browser.press("Enter")
        wait_for_text(browser, "access-problem", "not the admin token")
        browser.type(TOKEN)
        browser.press("Enter")
        browser.wait(LOADED)
        wait_for_text(browser, "labs", "sk-b")
        assert not browser.value("document.getElementById('controls').hidden")
        urls = [
            event["params"]["request"]["url"]
            for event in browser.events
            if event["method"] == "Network.requestWillBeSent"
        ]
        assert not [url for url in urls if TOKEN in url]
        assert browser.value("sessionStorage.length") == 1
        assert browser.value("localStorage.length") == 0
        click(browser, "document.getElementById('sign-out')")
        browser.wait("document.activeElement.id === 'token'")
        assert browser.value("document.getElementById('main').hidden")
        assert browser.value("sessionStorage.length") == 0
        browser.open("about:blank")


def test_a_key_shows_its_own_lab_without_controls(browser):
    fresh(browser)
    with MockLLM("instant", admin_token=TOKEN) as guarded:
        for key in ("sk-a", "sk-b"):
            ask(guarded, key)
        browser.open(guarded.url)
        browser.wait("document.activeElement.id === 'token'")
        browser.press("Tab")
        browser.type("sk-a")
        browser.press("Enter")
        browser.wait(LOADED)
        wait_for_text(browser, "labs", "sk-a")
        assert "sk-b" not in text(browser, "labs")
        assert browser.value("document.getElementById('controls').hidden")
        browser.value("sessionStorage.clear()")
        browser.open("about:blank")


def test_without_the_charts_package_numbers_and_controls_work_and_say_how_to_get_it(
    browser, room, monkeypatch
):
    fresh(browser)
    monkeypatch.setattr(files, "charts_path", lambda: None)
    ask(room, "sk-a")
    browser.open(room.url)
    browser.wait(LOADED)
    wait_for_text(browser, "charts-note", "pip install '.[dashboard]'")
    assert browser.value("document.getElementById('minutes-details').open")
    wait_for_text(browser, "minutes", "the last1")
    for id in ("labs", "models", "caches"):
        assert browser.value(f"document.querySelectorAll('#{id} tbody tr').length") > 0
    assert text(browser, "tile-requests") == "1"
    show(browser, "sk-a")
    click(browser, "document.querySelector('[data-scenario=healthy]')")
    wait_for_text(browser, "said", "“healthy” plays in sk-a.")
    browser.value("document.getElementById('dollars').value = '2'")
    click(browser, "document.querySelector('#budget-form button')")
    wait_for_text(browser, "budgets", "$2.00")
    assert problems(browser) == []
    browser.open("about:blank")


@pytest.mark.parametrize("what", ["journal-csv", "ledger-json"])
def test_exports_are_saved_as_files(page, room, tmp_path, what):
    ask(room, "sk-a", user="ann")
    wait_for_text(page, "labs", "sk-a")
    page.send("Browser.setDownloadBehavior", behavior="allow", downloadPath=str(tmp_path))
    click(page, f"document.getElementById('export-{what}')")
    saved = tmp_path / what.replace("-", ".")
    ends = time.monotonic() + 20
    while not saved.exists() and time.monotonic() < ends:
        time.sleep(0.05)
    assert "ann" in saved.read_text(encoding="utf-8")


def test_the_picture_of_the_docs_is_taken_by_its_script(tmp_path):
    out = tmp_path / "dashboard.png"
    command = [sys.executable, IMAGES / "take_dashboard_picture.py", "--seconds", "2", "--out", out]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True)
    assert done.stdout == f"written: {out}\n"
    picture = out.read_bytes()
    assert picture.startswith(b"\x89PNG")
    assert struct.unpack(">II", picture[16:24]) == (1400, 1400)
