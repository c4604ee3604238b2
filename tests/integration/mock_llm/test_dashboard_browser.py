"""The dashboard in a real browser."""

import json
import re
import time

import httpx2
import pytest
from chromium import SHIFT, browser_page, executable

from mock_llm import MockLLM
from mock_llm.dashboard import files

pytestmark = pytest.mark.skipif(
    executable() is None, reason="needs Chromium on PATH (Debian: apt install chromium)"
)
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
    )  # fmt: skip
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


def test_without_the_charts_package_the_tables_say_how_to_get_it(browser, room, monkeypatch):
    fresh(browser)
    monkeypatch.setattr(files, "charts_path", lambda: None)
    ask(room, "sk-a")
    browser.open(room.url)
    browser.wait(LOADED)
    wait_for_text(browser, "charts-note", "pip install plotly")
    assert browser.value("document.getElementById('minutes-details').open")
    wait_for_text(browser, "minutes", "the last")
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
