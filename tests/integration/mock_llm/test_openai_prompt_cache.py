import pytest

LONG = " ".join(f"The tent number {n} costs {n} dollars." for n in range(400))


def cached(reply):
    return reply.usage.prompt_tokens_details.cached_tokens


@pytest.mark.parametrize("prompt", [LONG, " ".join(str(n) for n in range(700))])
def test_a_long_prompt_is_cheaper_the_second_time(ask, lab, prompt):
    first, second = ask(prompt), ask(prompt)
    assert cached(first) == 0
    assert cached(second) == first.usage.prompt_tokens // 128 * 128
    fresh, known = lab.journal()
    saved = cached(second) * (100 - 10)
    assert fresh.cost_nanodollars - known.cost_nanodollars == saved + 500 * (
        fresh.completion_tokens - known.completion_tokens
    )
    assert lab.ledger().lines[1].cached_tokens == cached(second)


def test_only_the_common_beginning_counts(ask):
    half = LONG[: len(LONG) // 2]
    first = ask(half + " And what about lamps?")
    second = ask(half + " Tell me about boots.")
    assert 1024 <= cached(second) <= first.usage.prompt_tokens
    assert cached(second) % 128 == 0
    assert cached(ask("Now: " + LONG)) == 0


def test_a_short_prompt_is_not_cached(ask):
    ask("word " * 1000)
    assert cached(ask("word " * 1000)) == 0


@pytest.mark.parametrize("other", [{"model": "gpt-6.1-sol"}, {"model": "gpt-3.5-turbo"}])
def test_every_model_has_a_cache_of_its_own_or_none(ask, other):
    ask(LONG)
    assert cached(ask(LONG, **other)) == 0
    assert (cached(ask(LONG, **other)) > 0) == (other["model"] != "gpt-3.5-turbo")


def test_another_labs_prompts_are_not_known(ask, lab, mock, client):
    ask(LONG)
    other = client.with_options(api_key=lab.api_key + "-other")
    asked = {"model": "gpt-6-luna", "messages": [{"role": "user", "content": LONG}]}
    assert cached(other.chat.completions.create(**asked)) == 0


def test_a_request_that_fails_leaves_nothing_in_the_cache(ask, lab):
    lab.add_fault("unavailable", first=1)
    try:
        ask(LONG)
    except Exception as error:
        assert "503" in str(error)  # noqa: PT017
    assert cached(ask(LONG)) == 0


def test_a_reset_lab_knows_no_prompts(ask, lab):
    ask(LONG)
    lab.reset()
    assert cached(ask(LONG)) == 0


def test_a_conversation_pays_for_its_earlier_turns_as_cached_input(client):
    asked = {"model": "gpt-6-luna"}
    first = client.responses.create(**asked, input=LONG)
    second = client.responses.create(**asked, input="And?", previous_response_id=first.id)
    details = second.usage.input_tokens_details
    assert details.cached_tokens >= first.usage.input_tokens // 128 * 128 - 128
