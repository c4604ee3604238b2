import pytest

from mock_llm.injected.load import Burst, Load, Overdue, Queue, parse_load
from mock_llm.injected.windows import Window
from mock_llm.refusals import Refusal
from mock_llm.yamlfile import SettingError, Table


def enter(queue, now, service_s=1.0, age=0.0, scale=1.0):
    return queue.enter(now, service_s, age, scale)


def test_requests_up_to_the_capacity_do_not_wait():
    queue = Queue(Load(capacity=2))
    assert [enter(queue, 0.0), enter(queue, 0.5)] == [(0.0, 1.0), (0.0, 1.0)]
    assert enter(queue, 1.0) == (0.0, 1.0)


def test_further_requests_wait_for_the_first_place_that_is_free():
    queue = Queue(Load(capacity=2, queue=9))
    waits = [enter(queue, 0.0)[0] for _ in range(5)]
    assert waits == [0.0, 0.0, 1.0, 1.0, 2.0]


def test_a_full_queue_turns_requests_away_until_one_has_had_its_turn():
    queue = Queue(Load(capacity=1, queue=1))
    enter(queue, 0.0)
    assert enter(queue, 0.1)[0] == pytest.approx(0.9)
    with pytest.raises(Refusal, match="1 requests are waiting already") as caught:
        enter(queue, 0.2)
    assert caught.value.reason == "unavailable"
    assert enter(queue, 1.1)[0] == pytest.approx(0.9)


def test_every_waiting_request_makes_the_service_slower():
    queue = Queue(Load(capacity=1, queue=9, slowdown=0.5))
    assert [enter(queue, 0.0) for _ in range(3)] == [(0.0, 1.0), (1.0, 1.5), (2.5, 2.0)]


def test_goodput_collapses_where_latency_grows_past_the_clients_patience():
    """Twice the capacity is offered, and clients give up after three seconds."""

    def goodput(rate):
        queue = Queue(Load(capacity=4, queue=200, slowdown=0.02))
        good = 0
        for number in range(rate * 30):
            wait, factor = enter(queue, number / rate)
            good += wait + factor <= 3.0
        return good / 30

    assert goodput(4) == 4
    assert goodput(8) < 2


def test_a_request_that_would_wait_too_long_is_given_up_and_takes_no_place():
    queue = Queue(Load(capacity=1, queue=9, timeout_s=1.5))
    enter(queue, 0.0, service_s=2.0)
    with pytest.raises(Overdue) as caught:
        enter(queue, 0.0)
    assert caught.value.after_s == 1.5
    assert caught.value.refusal().reason == "unavailable"
    assert enter(queue, 1.0)[0] == 1.0


def test_neighbours_take_their_share_of_the_places_but_never_the_last():
    queue = Queue(Load(capacity=4, queue=99, neighbours=(Burst(0.75, Window(10, 20)),)))
    assert [enter(queue, 5.0, age=5.0)[0] for _ in range(4)] == [0.0] * 4
    assert [enter(queue, 12.0, age=12.0)[0] for _ in range(3)] == [0.0, 1.0, 2.0]
    everything = Queue(Load(capacity=4, queue=99, neighbours=(Burst(1.0, Window()),)))
    assert enter(everything, 0.0)[0] == 0.0


def test_a_load_survives_being_written_down():
    load = Load(4, 9, 0.1, 2.0, (Burst(0.5, Window(1, 2, 3)),))
    assert parse_load(Table(load.to_dict(), "here")) == load
    assert parse_load(Table(Load().to_dict(), "here")) == Load()


@pytest.mark.parametrize(
    ("values", "complaint"),
    [
        ({"queue": 4}, "capacity: is missing"),
        ({"capacity": 0}, "capacity: must be at least 1"),
        ({"capacity": 1, "speed": 2}, "speed: is not a setting"),
        (
            {"capacity": 1, "neighbours": [{"share": 2}]},
            r"neighbours\[1\]: share: must be between 0 and 1",
        ),
        (
            {"capacity": 1, "neighbours": [{"share": 1, "untill_s": 2}]},
            r"neighbours\[1\]: untill_s: is not a setting",
        ),
    ],
)
def test_a_mistake_in_a_load_is_named(values, complaint):
    with pytest.raises(SettingError, match=f"here: {complaint}"):
        parse_load(Table(values, "here"))
