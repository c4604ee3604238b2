import asyncio

import httpx2
import openai
import pytest

from mock_llm import MockLLM, SettingError
from mock_llm.remote import RemoteLab

ONE = {"model": "gpt-6-luna", "messages": [{"role": "user", "content": "Which tent is light?"}]}


@pytest.fixture(params=["in process", "remote"])
def control(request, mock, lab):
    return lab if request.param == "in process" else RemoteLab(mock.url, lab.api_key)


def test_a_spent_budget_turns_requests_away_as_the_provider_does(control, lab, client):
    control.set_budgets([{"dollars": 0.000001}])
    client.chat.completions.create(**ONE)
    with pytest.raises(openai.RateLimitError) as refused:
        client.chat.completions.create(**ONE)
    assert refused.value.code == "insufficient_quota"
    assert "retry-after" not in refused.value.response.headers
    ((budget, left),) = control.budgets()
    assert budget.limit_nanodollars == 1_000
    assert left == 1_000 - lab.ledger().total_nanodollars < 0
    assert [entry.error for entry in lab.journal()] == [None, "quota_exhausted"]


def test_a_budget_that_was_ended_lets_requests_pass_again(control, client):
    control.set_budgets([{"dollars": 0}])
    with pytest.raises(openai.RateLimitError):
        client.chat.completions.create(**ONE)
    control.set_budgets([])
    client.chat.completions.create(**ONE)


def test_one_users_budget_is_nobody_elses(lab, client):
    lab.set_budgets([{"dollars": 0, "user": "ann"}])
    client.chat.completions.create(**ONE, user="bob")
    with pytest.raises(openai.RateLimitError):
        client.chat.completions.create(**ONE, user="ann")


def test_a_daily_budget_comes_back_on_the_next_day_of_the_labs_clock(lab, client):
    lab.freeze_clock()
    lab.set_budgets([{"dollars": 0.000001, "per": "day"}])
    client.chat.completions.create(**ONE)
    with pytest.raises(openai.RateLimitError):
        client.chat.completions.create(**ONE)
    lab.advance_clock(24 * 3600)
    client.chat.completions.create(**ONE)


@pytest.mark.anyio
async def test_requests_side_by_side_do_not_get_past_a_budget(lab, async_client):
    lab.set_latency(ttft_median_s=0.2)
    lab.set_budgets([{"dollars": 0.000001}])

    async def ask():
        return await async_client.chat.completions.create(**ONE)

    came = await asyncio.gather(*(ask() for _ in range(10)), return_exceptions=True)
    assert sum(isinstance(each, openai.RateLimitError) for each in came) == 9


def test_leaving_early_gives_back_what_was_not_used_and_no_more(lab, client):
    lab.set_latency(ttft_median_s=0.0, per_token_median_s=0.05)
    lab.set_budgets([{"dollars": 1}])
    with client.chat.completions.create(**ONE, stream=True) as stream:
        next(iter(stream))
    assert lab.wait_until_idle()
    ((_, left),) = lab.budgets()
    assert 1_000_000_000 - left == lab.ledger().total_nanodollars > 0


def test_a_wrong_budget_is_refused_and_changes_nothing(control):
    control.set_budgets([{"dollars": 2}])
    with pytest.raises(SettingError, match=r"budgets\[2\]: per: 'week' is neither total nor day"):
        control.set_budgets([{"dollars": 1}, {"dollars": 1, "per": "week"}])
    assert [budget.limit_nanodollars for budget, _ in control.budgets()] == [2_000_000_000]


def test_the_verdict_names_what_a_hasty_client_did(control, lab, client):
    lab.add_fault("rate_limited", first=1, retry_after_s=5)
    for _ in range(2):
        try:
            client.chat.completions.create(**ONE)
        except openai.RateLimitError:
            continue
    verdict = control.verdict()
    assert verdict["ignored_retry_after"].requests == [2]
    assert verdict["recovered"].good


def test_the_verdict_praises_who_waits_as_long_as_asked(lab, client):
    lab.add_fault("rate_limited", first=1, retry_after_s=5)
    lab.freeze_clock()
    with pytest.raises(openai.RateLimitError):
        client.chat.completions.create(**ONE)
    lab.advance_clock(5)
    client.chat.completions.create(**ONE)
    assert lab.verdict()["honoured_retry_after"].requests == [2]
    assert lab.verdict().bad == []


def test_the_verdict_sees_a_request_that_was_sent_again_after_a_400(lab, raw):
    for _ in range(2):
        raw.post("/v1/chat/completions", json={**ONE, "temperature": 9})
    assert lab.verdict()["retried_client_error"].requests == [2]


def test_the_server_gives_the_verdict_on_a_lab_by_its_key_or_itself(mock, lab, control, raw):
    for _ in range(2):
        raw.post("/v1/chat/completions", json={**ONE, "temperature": 9})
    for which in (lab.api_key, lab, control):
        assert mock.verdict(which)["retried_client_error"].requests == [2]


def test_without_a_lab_the_verdict_is_on_the_only_one():
    with MockLLM("instant") as own:
        assert own.verdict().findings == []
        httpx2.get(f"{own.base_url}/models", trust_env=False)
        assert own.verdict()["left_alone"].requests == own.verdict("")["left_alone"].requests == [1]
        own.lab("sk-first")
        assert own.verdict().findings == []
        own.lab("sk-second")
        with pytest.raises(ValueError, match=r"mock\.verdict\(key\); there are sk-f.*, sk-s"):
            own.verdict()
        with pytest.raises(ValueError, match="no request came with the API key"):
            own.verdict("sk-third")


def test_polling_for_what_never_was_is_found(lab, client, raw):
    for _ in range(3):
        with pytest.raises(openai.NotFoundError):
            client.batches.retrieve("batch_never")
    with pytest.raises(openai.NotFoundError):
        client.batches.retrieve("batch_other")
    assert lab.verdict()["retried_client_error"].requests == [2, 3]


def test_polls_that_fail_and_are_sent_again_are_one_call(lab, client):
    file = client.files.create(file=b"{}", purpose="user_data")
    lab.add_fault("reset", endpoint="files", first=1)
    with pytest.raises(openai.APIConnectionError):
        client.files.retrieve(file.id)
    client.files.retrieve(file.id)
    assert lab.verdict()["recovered"].requests == [3]


def test_one_failure_that_the_client_gave_up_on_is_told(lab, client):
    lab.add_fault("server_error")
    with pytest.raises(openai.InternalServerError):
        client.chat.completions.create(**ONE)
    assert str(lab.verdict()) == "? 1 request failed and was not tried again."


def test_separate_calls_of_the_sdk_are_not_called_retries(lab, client):
    lab.freeze_clock()
    lab.add_fault("server_error")
    for _ in range(3):
        with pytest.raises(openai.InternalServerError):
            client.chat.completions.create(**ONE)
    verdict = lab.verdict()
    assert verdict["asked_again_without_backoff"].requests == [2, 3]
    assert verdict.bad == []


def test_the_sdks_own_retries_are_known_by_their_number(lab, client):
    lab.add_fault("server_error")
    with pytest.raises(openai.InternalServerError):
        client.with_options(max_retries=2).chat.completions.create(**ONE)
    verdict = lab.verdict()
    assert verdict["never_answered"].requests == [3]
    assert "asked_again_without_backoff" not in verdict


def test_a_client_that_does_not_count_its_retries_is_judged_by_what_it_asks(lab, raw):
    lab.freeze_clock()
    lab.add_fault("server_error")
    for _ in range(3):
        raw.post("/v1/chat/completions", json=ONE)
    assert [entry.retry_count for entry in lab.journal()] == [None] * 3
    assert lab.verdict()["retried_without_backoff"].requests == [2, 3]


@pytest.mark.parametrize("fault", ["stream_cut", "stream_error"])
def test_a_stream_that_broke_is_told_and_nobody_is_blamed(lab, client, fault):
    lab.add_fault(fault)
    try:
        list(client.chat.completions.create(**ONE, stream=True))
    except openai.APIError:
        assert fault == "stream_error"
    verdict = lab.verdict()
    assert verdict["broken_reply_left"].good is None
    assert verdict.bad == []


def test_the_verdict_sees_what_was_paid_for_twice(lab, client):
    for _ in range(2):
        client.chat.completions.create(**ONE)
    assert lab.verdict()["paid_twice"].requests == [2]
