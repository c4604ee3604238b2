"""Prompt caching: what is written, read and billed, by the lab's clock."""

import anthropic
import httpx2
import pytest

from mock_llm import ManualClock, MockLLM

LONG = "The Alpha tent costs 199 dollars, weighs 1.9 kg and sleeps two. " * 60
SHORT = "You sell tents."
HAIKU = "claude-haiku-5-5"


@pytest.fixture(scope="module")
def clock():
    return ManualClock()


@pytest.fixture(scope="module")
def shop(clock):
    with MockLLM("instant", clock=clock) as mock:
        yield mock


@pytest.fixture
def ask(shop, request):
    """Ask within a lab of the test's own; gives the usage."""
    http = httpx2.Client(trust_env=False)
    with anthropic.Anthropic(
        base_url=shop.url, api_key=request.node.nodeid, max_retries=0, http_client=http
    ) as sdk:

        def ask(text="Hello.", system=LONG, ttl=None, model=HAIKU, **more):
            control = {"type": "ephemeral"} | ({"ttl": ttl} if ttl else {})
            block = {"type": "text", "text": system, "cache_control": control}
            blocks = [block] if isinstance(system, str) else system
            turns = [{"role": "user", "content": text}]
            given = {"system": blocks, "messages": turns, "max_tokens": 50} | more
            return sdk.messages.create(model=model, **given).usage

        ask.sdk, ask.lab = sdk, shop.lab(request.node.nodeid)
        yield ask


def counts(usage):
    return (
        usage.cache_creation_input_tokens,
        usage.cache_read_input_tokens,
        usage.input_tokens,
    )


def test_the_first_time_writes_and_the_next_reads(ask):
    written, read, fresh = counts(ask())
    assert written > 512
    assert read == 0
    assert counts(ask()) == (0, written, fresh)
    other = counts(ask("What does the Alpha tent cost?"))
    assert other[:2] == (0, written)
    assert other[2] > fresh


def test_the_bill_is_the_usage_times_the_prices(ask):
    first, second = ask(), ask(ttl="1h", system=f"Yes. {LONG}")
    third = ask()
    bill = (
        first.cache_creation_input_tokens * 125
        + second.cache_creation_input_tokens * 200
        + third.cache_read_input_tokens * 10
        + sum(each.input_tokens * 100 + each.output_tokens * 500 for each in (first, second, third))
    )
    assert ask.lab.ledger().total_nanodollars == bill
    assert second.cache_creation.ephemeral_1h_input_tokens > 512
    assert second.cache_creation.ephemeral_5m_input_tokens == 0
    prompt = sum(counts(third))
    assert ask.lab.ledger().lines[-1].cached_tokens == third.cache_read_input_tokens
    assert ask.lab.journal()[-1].prompt_tokens == prompt


def test_a_beginning_lives_five_minutes_after_it_was_last_used(ask, clock):
    written = ask().cache_creation_input_tokens
    for _ in range(3):
        clock.advance(299)
        assert ask().cache_read_input_tokens == written
    clock.advance(300)
    assert ask().cache_creation_input_tokens == written


def test_a_beginning_may_live_an_hour(ask, clock):
    written = ask(ttl="1h").cache_creation_input_tokens
    clock.advance(3599)
    assert ask(ttl="1h").cache_read_input_tokens == written
    clock.advance(3600)
    assert ask(ttl="1h").cache_read_input_tokens == 0


def test_what_is_short_or_not_marked_is_not_cached(ask):
    for _ in range(2):
        assert counts(ask(system=SHORT))[:2] == (0, 0)
        assert counts(ask(system=[{"type": "text", "text": LONG}]))[:2] == (0, 0)


def test_each_model_and_each_lab_has_its_own(ask, shop):
    assert ask().cache_creation_input_tokens > 0
    assert ask(model="claude-sonnet-5-5").cache_read_input_tokens == 0
    assert ask(model="claude-sonnet-5-5").cache_read_input_tokens > 0
    ask.lab.reset()
    assert ask().cache_read_input_tokens == 0


def test_a_conversation_is_cached_as_it_grows(ask):
    """A mark on the request stands for one on its last block, wherever that is by now."""
    turns = [{"role": "user", "content": LONG}]
    control = {"type": "ephemeral"}
    first = ask.sdk.messages.create(
        model=HAIKU, max_tokens=50, cache_control=control, messages=turns
    )
    turns += [
        {"role": "assistant", "content": first.content},
        {"role": "user", "content": "And the Beta?"},
    ]
    second = ask.sdk.messages.create(
        model=HAIKU, max_tokens=50, cache_control=control, messages=turns
    )
    assert second.usage.cache_read_input_tokens == first.usage.cache_creation_input_tokens
    assert second.usage.cache_creation_input_tokens > first.usage.output_tokens


def test_another_tool_choice_keeps_the_system_prompt_cached_but_not_the_conversation(ask):
    tool = {"name": "look", "input_schema": {"type": "object"}}
    block = {"type": "text", "text": f"Chat: {LONG}", "cache_control": {"type": "ephemeral"}}
    turns = [{"role": "user", "content": [block]}]
    whole = ask(messages=turns, tools=[tool]).cache_creation_input_tokens
    assert ask(messages=turns, tools=[tool]).cache_read_input_tokens == whole
    changed = ask(messages=turns, tools=[tool], tool_choice={"type": "none"})
    assert 0 < changed.cache_read_input_tokens < whole
    assert changed.cache_creation_input_tokens == whole - changed.cache_read_input_tokens


def test_a_request_that_fails_before_the_model_writes_nothing(ask):
    ask.lab.add_fault("unavailable", first=1)
    with pytest.raises(anthropic.APIStatusError):
        ask()
    assert ask().cache_read_input_tokens == 0


def test_a_stream_that_is_cut_pays_for_what_it_wrote(ask):
    ask.lab.add_fault("stream_cut", first=1, fraction=0.5)
    turns = [{"role": "user", "content": "Tell me about hiking boots."}]
    blocks = [{"type": "text", "text": LONG, "cache_control": {"type": "ephemeral"}}]
    events = list(
        ask.sdk.messages.create(
            model=HAIKU, max_tokens=500, system=blocks, messages=turns, stream=True
        )
    )
    used = events[0].message.usage
    (entry,) = ask.lab.journal()
    assert entry.cost_nanodollars == (
        used.cache_creation_input_tokens * 125
        + used.input_tokens * 100
        + entry.completion_tokens * 500
    )


def test_a_request_without_output_fills_the_cache(ask):
    usage = ask(max_tokens=0)
    assert (usage.output_tokens, usage.cache_creation_input_tokens > 512) == (0, True)
    assert ask().cache_read_input_tokens == usage.cache_creation_input_tokens


@pytest.mark.parametrize(
    ("lives", "complaint"),
    [
        (["5m"] * 5, "A maximum of 4 blocks with cache_control may be provided. Found 5."),
        (["5m", "1h"], "must not come after a ttl='5m'"),
        (["1h", "5m", "1h"], "must not come after a ttl='5m'"),
        (["2h"], "ttl: Input should be '5m' or '1h'"),
    ],
)
def test_marks_that_cannot_be_are_refused(ask, lives, complaint):
    blocks = [
        {"type": "text", "text": "x", "cache_control": {"type": "ephemeral", "ttl": life}}
        for life in lives
    ]
    with pytest.raises(anthropic.BadRequestError) as caught:
        ask(system=blocks)
    assert complaint in str(caught.value)
