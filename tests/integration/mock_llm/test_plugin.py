"""The pytest plugin, in runs of pytest as its users start them."""

import importlib
import sys
from textwrap import dedent

import pytest

pytest_plugins = ["pytester"]

ASK = """
import pytest

def ask(lab, text="What is the capital of France?", **more):
    return lab.client().chat.completions.create(
        model="gpt-6-luna", messages=[{"role": "user", "content": text}], **more
    )
"""
# Each run inside this process would otherwise import them anew.
for name in ("openai", "anthropic", "mock_llm.pytest_report", "mock_llm.serving"):
    importlib.import_module(name)

# What a run of pytest must not load for the plugin's sake.
HEAVY = (
    "uvicorn",
    "httptools",
    "fastapi",
    "orjson",
    "yaml",
    "numpy",
    "pydantic",
    "openai",
    "httpx",
)


@pytest.fixture
def run(pytester):
    """Run a test file's text with options; the outcome as pytester gives it."""

    def run(text, *options):
        pytester.makepyfile(ASK + dedent(text))
        return pytester.runpytest_inprocess("--strict-markers", "-p", "no:cacheprovider", *options)

    return run


def test_every_test_has_a_lab_of_its_own_that_is_empty_when_it_begins(run):
    run("""
        keys = set()

        @pytest.mark.parametrize("number", range(3))
        def test_own_lab(mock_llm, number):
            assert mock_llm.journal() == [] and mock_llm.faults() == []
            assert mock_llm.api_key not in keys
            keys.add(mock_llm.api_key)
            assert ask(mock_llm).choices[0].message.content
            mock_llm.add_fault("unavailable")
            assert [entry.status for entry in mock_llm.journal()] == [200]
            assert mock_llm.ledger().total_nanodollars > 0
    """).assert_outcomes(passed=3)


def test_the_same_test_gets_the_same_key_and_the_same_answers_in_every_run(run):
    text = """
        def test_once(mock_llm):
            more = ask(mock_llm, "Tell me about hiking boots.", temperature=1).choices[0].message
            print("got", mock_llm.api_key, more.content)
    """
    first, second = run(text, "-s"), run(text, "-s")
    got = [[line for line in each.outlines if "got sk-test-" in line] for each in (first, second)]
    assert got[0] == got[1]
    assert len(got[0]) == 1


def test_the_scenario_comes_from_the_marker_else_the_option_else_the_ini_file(run, pytester):
    pytester.makefile(".yaml", mine="name: mine", other="name: other", marked="name: marked")
    pytester.makeini("[pytest]\nmock_llm_scenario = mine.yaml\nmock_llm_seed = 5\n")
    text = """
        def test_given(mock_llm):
            print("got", mock_llm.scenario().name, mock_llm.seed)

        @pytest.mark.mock_llm(scenario="marked.yaml", seed=9)
        class TestMarked:
            def test_class(self, mock_llm):
                print("got", mock_llm.scenario().name, mock_llm.seed)
                mock_llm.set_scenario("healthy")
                mock_llm.reset()
                assert mock_llm.scenario().name == "marked"

            @pytest.mark.mock_llm(scenario={"name": "own"})
            def test_method(self, mock_llm):
                print("got", mock_llm.scenario().name, mock_llm.seed)
    """
    said = [line.partition("got ")[2] for line in run(text, "-s").outlines if "got " in line]
    assert said == ["mine 5", "marked 9", "own 9"]
    given = run(text, "-s", "--mock-llm-scenario", "other.yaml", "--mock-llm-seed", "6")
    said = [line.partition("got ")[2] for line in given.outlines if "got " in line]
    assert said == ["other 6", "marked 9", "own 9"]


def test_without_any_setting_nothing_waits_and_nothing_fails(run):
    run("""
        def test_default(mock_llm):
            assert mock_llm.scenario().name == "instant"
            assert mock_llm.seed == 0
    """).assert_outcomes(passed=1)


def test_the_marker_brings_faults_by_kind_or_with_their_triggers(run):
    run("""
        import openai

        @pytest.mark.mock_llm(faults=["forbidden"])
        def test_kind(mock_llm):
            with pytest.raises(openai.PermissionDeniedError):
                ask(mock_llm)

        @pytest.mark.mock_llm(faults=[{"kind": "rate_limited", "first": 1, "retry_after_s": 7}])
        def test_triggers(mock_llm):
            with pytest.raises(openai.RateLimitError) as refusal:
                ask(mock_llm)
            assert refusal.value.response.headers["retry-after"] == "7"
            ask(mock_llm)
            mock_llm.reset()
            with pytest.raises(openai.RateLimitError):
                ask(mock_llm)
    """).assert_outcomes(passed=2)


@pytest.mark.parametrize(
    ("marker", "cause"),
    [
        ("'outage'", "takes scenario, seed, faults by name, got 'outage'"),
        ("speed=2", "'speed' is none of scenario, seed, faults"),
        ("scenario='sunny'", "scenario 'sunny': neither a file nor one of"),
        ("seed='x'", "seed: expected a whole number, got 'x'"),
        ("faults='reset'", "faults: expected a list, got 'reset'"),
        ("faults=['fire']", "'fire' is none of rate_limited"),
        ("faults=[{'first': 1}]", "has no kind"),
        ("faults=[{'kind': 'reset', 'frist': 1}]", "frist: is not a setting"),
    ],
)
def test_a_marker_that_cannot_be_used_is_said_in_a_sentence(run, marker, cause):
    done = run(f"""
        @pytest.mark.mock_llm({marker})
        def test_marked(mock_llm):
            pass
    """)
    done.assert_outcomes(errors=1)
    (line,) = [line for line in done.outlines if line.startswith("the marker mock_llm of test_m")]
    assert cause in line
    done.stdout.no_fnmatch_line("*Traceback*")
    done.stdout.no_fnmatch_line("*pytest_plugin.py:*")


@pytest.mark.parametrize(
    ("options", "cause"),
    [
        (["--mock-llm-scenario=sunny"], "mock_llm cannot start: scenario 'sunny': neither"),
        (["-o", "mock_llm_seed=x"], "mock_llm_seed: 'x' is no whole number"),
    ],
)
def test_a_setting_that_cannot_be_used_is_said_in_a_sentence(run, options, cause):
    done = run("def test_any(mock_llm): pass", *options)
    done.assert_outcomes(errors=1)
    done.stdout.fnmatch_lines([f"{cause}*"])
    done.stdout.no_fnmatch_line("*pytest_plugin.py:*")


def test_a_failure_shows_what_reached_the_lab(run):
    done = run("""
        import openai

        def test_fails(mock_llm):
            mock_llm.add_fault("rate_limited", first=1)
            with pytest.raises(openai.RateLimitError):
                ask(mock_llm, "Which laptop is under $500?")
            ask(mock_llm, "Tell me\\x1b[31m all that you know about hiking boots and tents")
            with pytest.raises(openai.BadRequestError):
                ask(mock_llm, temperature=9)
            assert False

        def test_asks_nobody(mock_llm):
            assert False

        def test_passes(mock_llm):
            ask(mock_llm)
    """)
    done.assert_outcomes(failed=2, passed=1)
    done.stdout.fnmatch_lines(
        [
            "*- mock_llm journal -*",
            "3 requests, $0.0000* in all. Scenario instant, seed 0.",
            "#  model       status  outcome  fault *tokens *cost *prompt",
            "1  gpt-6-luna  429     fault    rate_limited * 0+0 *$0.000000000  Which laptop is*",
            "2  gpt-6-luna  200     ok       - *$0.0000*Tell me�[[]31m all that you*…",
            "3  gpt-6-luna  400     error    * What is the capital of France?",
            "*- mock_llm journal -*",
            "No request with this test's key, sk-test-*, was answered.",
        ]
    )
    assert done.stdout.str().count("mock_llm journal") == 2


def test_the_report_of_a_failure_is_bounded(run):
    done = run("""
        def test_fails(mock_llm):
            client = mock_llm.client()
            for number in range(30):
                messages = [{"role": "user", "content": f"{number} " + "word " * 5000}]
                client.chat.completions.create(model="gpt-6-luna", messages=messages)
            assert False
    """)
    section = done.stdout.str().partition("- mock_llm journal -")[2].partition("====")[0]
    lines = section.splitlines()[1:]
    assert lines[0].startswith("30 requests, ")
    assert lines[1] == "(10 earlier ones are not shown)"
    assert len(lines) == 3 + 20
    assert max(map(len, lines)) < 140


def test_the_report_covers_setup_teardown_and_requests_under_way(run):
    done = run("""
        import threading, time

        @pytest.fixture
        def asked(mock_llm):
            ask(mock_llm, "Asked in the setup.")
            raise RuntimeError("setup")

        @pytest.fixture
        def watched(mock_llm):
            yield
            ask(mock_llm, "Asked in the teardown.")
            raise RuntimeError("teardown")

        def test_setup(asked): pass
        def test_teardown(watched): pass

        def test_under_way(mock_llm):
            mock_llm.add_fault("hang", for_s=2)
            def hang():
                with pytest.raises(Exception):
                    ask(mock_llm)
            thread = threading.Thread(target=hang, daemon=True)
            thread.start()
            while not mock_llm.underway:
                time.sleep(0.01)
            assert False
    """)
    done.assert_outcomes(failed=1, passed=1, errors=2)
    done.stdout.fnmatch_lines_random(
        [
            "1  gpt-6-luna  200 * Asked in the setup.",
            "1  gpt-6-luna  200 * Asked in the teardown.",
            "Still under way and not in the list: 1.",
        ]
    )


def test_tests_that_share_a_key_find_the_lab_as_new(run, monkeypatch):
    # However many tests a session has, its server opens no more labs than there are keys.
    monkeypatch.setattr("mock_llm.pytest_lab._KEYS", 1)
    run("""
        @pytest.mark.parametrize("number", range(3))
        @pytest.mark.mock_llm(seed=3, scenario="healthy", faults=[{"kind": "reset", "every": 2}])
        def test_changed(mock_llm, mock_llm_server, number):
            assert len(mock_llm_server.app.labs) == 1
            mock_llm.set_latency(ttft_s=0)
            ask(mock_llm)
            mock_llm.freeze_clock()
            assert len(mock_llm.journal()) == 1

        def test_new(mock_llm):
            assert mock_llm.journal() == [] and mock_llm.faults() == []
            assert not mock_llm.clock.frozen
            assert (mock_llm.seed, mock_llm.scenario().name) == (0, "instant")
    """).assert_outcomes(passed=4)


def test_clients_need_no_closing_in_sync_async_and_threaded_tests(run, monkeypatch):
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:9")
    done = run(
        """
        import asyncio, gc, unittest
        from concurrent.futures import ThreadPoolExecutor

        async def ask_later(lab, client):
            messages = [{"role": "user", "content": "What is the capital of France?"}]
            return await client.chat.completions.create(model="gpt-6-luna", messages=messages)

        def test_asyncio(mock_llm):
            async def two():
                client = mock_llm.async_client()
                await asyncio.gather(ask_later(mock_llm, client), ask_later(mock_llm, client))
            asyncio.run(two())
            gc.collect()
            assert len(mock_llm.journal()) == 2

        @pytest.mark.anyio
        async def test_anyio(mock_llm):
            await ask_later(mock_llm, mock_llm.async_client())
            assert len(mock_llm.journal()) == 1

        @pytest.fixture
        def anyio_backend():
            return "asyncio"

        def test_threads(mock_llm):
            with ThreadPoolExecutor(4) as pool:
                list(pool.map(lambda _: ask(mock_llm), range(8)))
            assert len(mock_llm.journal()) == 8

        class TestOfUnittest(unittest.TestCase):
            @pytest.fixture(autouse=True)
            def take(self, mock_llm):
                self.lab = mock_llm

            def test_method(self):
                ask(self.lab)
                assert len(self.lab.journal()) == 1

        def test_end():
            gc.collect()
        """,
        "-W",
        "error",
    )
    done.assert_outcomes(passed=5)


def test_code_that_makes_its_own_client_is_led_here_by_the_environment(run, monkeypatch):
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("no_proxy", "intranet.test")
    run("""
        import anthropic, openai

        def test_environment(mock_llm, monkeypatch):
            assert mock_llm.environment["no_proxy"] == "intranet.test,127.0.0.1"
            for name, value in mock_llm.environment.items():
                monkeypatch.setenv(name, value)
            messages = [{"role": "user", "content": "What is the capital of France?"}]
            with openai.OpenAI() as sdk:
                sdk.chat.completions.create(model="gpt-6-luna", messages=messages)
            with anthropic.Anthropic() as sdk:
                model = sdk.models.list().data[0].id
                sdk.messages.create(model=model, max_tokens=50, messages=messages)
            assert [entry.status for entry in mock_llm.journal()] == [200, 200, 200]
    """).assert_outcomes(passed=1)


def test_the_fixture_does_all_that_a_lab_does(run):
    run("""
        from mock_llm import Lab

        def test_lab(mock_llm):
            missing = [name for name in dir(Lab) if not name.startswith("_")
                       and not hasattr(mock_llm, name)]
            assert missing == []
            assert set(dir(Lab)) <= set(dir(mock_llm))
            mock_llm.freeze_clock()
            before = mock_llm.clock.wall()
            mock_llm.advance_clock(90)
            assert mock_llm.clock.wall() == before + 90
            with pytest.raises(AttributeError):
                mock_llm.sed = 3
            assert mock_llm.api_key in repr(mock_llm)
    """).assert_outcomes(passed=1)


def test_without_the_sdk_only_the_clients_are_missing(run, monkeypatch):
    monkeypatch.setitem(sys.modules, "openai", None)
    run("""
        def test_plain(mock_llm):
            assert mock_llm.base_url.endswith("/v1")
            for make in (mock_llm.client, mock_llm.async_client):
                with pytest.raises(ImportError, match="openai"):
                    make()
    """).assert_outcomes(passed=1)


def test_it_can_be_switched_off(run):
    done = run("def test_any(mock_llm): pass", "-p", "no:mock_llm")
    done.assert_outcomes(errors=1)
    done.stdout.fnmatch_lines(["*fixture 'mock_llm' not found"])


def test_it_tells_what_it_has(run, pytester):
    assert (
        "@pytest.mark.mock_llm(scenario" in pytester.runpytest_inprocess("--markers").stdout.str()
    )
    told = pytester.runpytest_inprocess("--help").stdout.str()
    assert "--mock-llm-scenario=SCENARIO" in told
    assert "mock_llm_scenario (string):" in told
    run("def test_any(): pass")
    told = pytester.runpytest_inprocess("--fixtures").stdout.str()
    assert "A lab of this test's own" in told
    assert "The running server of this session" in told


def test_a_run_that_does_not_use_it_loads_nothing_for_it(pytester, monkeypatch):
    pytester.makepyfile(f"""
        import sys

        def test_any():
            assert "mock_llm.pytest_plugin" in sys.modules
            ours = [name for name in sys.modules if name.startswith("mock_llm")]
            assert sorted(ours) == ["mock_llm", "mock_llm.pytest_plugin"]
            assert [name for name in {HEAVY!r} if name in sys.modules] == []

        def test_fails():
            assert False
    """)
    # Other plugins load what they like: this one alone, found by its entry point's name.
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    done = pytester.runpytest_subprocess("-p", "mock_llm", "-p", "no:cacheprovider")
    done.assert_outcomes(passed=1, failed=1)
    done.stdout.no_fnmatch_line("*mock_llm journal*")
