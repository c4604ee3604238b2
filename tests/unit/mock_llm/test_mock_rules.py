"""Answers of one's own: which rule answers, with what, and what a mistake in the file is called."""

import json

import pytest

from mock_llm.model.generation import Ask
from mock_llm.model.models import load_models
from mock_llm.refusals import Refusal
from mock_llm.scripted.by_rule import by_rule
from mock_llm.scripted.rule_match import Asked
from mock_llm.scripted.rules import Rulebook, load_rules
from mock_llm.yamlfile import SettingError

CHAT = "/v1/chat/completions"


def asked(text="Hello", *before, system=None, **about):
    messages = [{"role": "system", "content": system}] if system else []
    messages += [*before, {"role": "user", "content": text}]
    body = json.dumps({"messages": messages, "temperature": 0.5}).encode()
    given = {"endpoint": CHAT, "model": "gpt-6-luna", "messages": messages, "body": body}
    return Asked(**(given | about))


def book(*rules, **more):
    return Rulebook(load_rules({"rules": list(rules), **more}))


def says(rules, *texts, **about):
    told = [rules.tell(asked(text, **about)) for text in texts]
    return [each and each.text for each in told]


@pytest.mark.parametrize(
    ("match", "fitting", "others"),
    [
        ({"equals": "Hello"}, [asked(" Hello ")], [asked("hello"), asked("Hello there")]),
        ({"contains": ["order", "late"]}, [asked("My ORDER is late")], [asked("My order")]),
        ({"regex": "^H.+o$"}, [asked("Hello")], [asked("Say Hello")]),
        ({"system": "pirate"}, [asked(system="You are a PIRATE.")], [asked("pirate")]),
        ({"model": "gpt-6*"}, [asked()], [asked(model="gpt-4")]),
        ({"model": ["gpt-4", "gpt-6-luna"]}, [asked(model="gpt-4")], [asked(model="gpt-4.1")]),
        ({"user": "ann"}, [asked(user="ann")], [asked(user="bob"), asked()]),
        ({"endpoint": "messages"}, [asked(endpoint="/v1/messages")], [asked()]),
        ({"tools": True}, [asked(tools=[{"name": "a"}])], [asked()]),
        (
            {"tool": "b"},
            [asked(tools=[{"name": "b"}]), asked(tools=[{"function": {"name": "b"}}])],
            [asked(tools=[{"name": "a"}])],
        ),
        (
            {"tool_result": False},
            [asked()],
            [asked(messages=[{"role": "tool", "content": "4"}])],
        ),
        ({"json": True}, [asked(wants_json=True)], [asked()]),
        ({"stream": False}, [asked()], [asked(stream=True)]),
        ({"equals": "Hello", "user": "ann"}, [asked(user="ann")], [asked("Hi", user="ann")]),
        ({}, [asked("anything")], []),
    ],
)
def test_a_rule_answers_what_all_its_conditions_fit(match, fitting, others):
    rules = book({"match": match, "reply": "yes"})
    assert [rules.tell(each).text for each in fitting] == ["yes"] * len(fitting)
    assert [rules.tell(each) for each in others] == [None] * len(others)


def test_the_first_rule_that_fits_answers():
    rules = book(
        {"match": {"contains": "tent"}, "reply": "tents"}, {"reply": "all else"}, {"reply": "never"}
    )
    assert says(rules, "a tent", "a boat") == ["tents", "all else"]


def test_a_text_in_parts_is_one_text_and_the_users_last_one_counts():
    parts = [{"type": "text", "text": "Hello"}, {"type": "image_url", "image_url": {}}]
    chat = [{"role": "user", "content": parts}, {"role": "assistant", "content": "bye"}]
    assert book({"match": {"equals": "Hello"}, "reply": "yes"}).tell(asked(messages=chat))


@pytest.mark.parametrize(
    ("on_end", "fourth_and_fifth"),
    [("last", ["c", "c"]), ("cycle", ["a", "b"]), ("fall_through", ["after", "after"])],
)
def test_a_sequence_goes_on_with_each_request_and_ends_as_told(on_end, fourth_and_fifth):
    rules = book({"replies": ["a", "b", {"text": "c"}], "on_end": on_end}, {"reply": "after"})
    assert says(rules, *"12345") == ["a", "b", "c", *fourth_and_fifth]


def test_times_and_nth_count_what_fits():
    rules = book(
        {"match": {"contains": "x", "times": 2}, "reply": "early"},
        {"match": {"contains": "x", "nth": [2, 4]}, "reply": "even"},
        {"reply": "rest"},
    )
    assert says(rules, "x", "y", "x", "x", "x", "x") == [
        "early", "rest", "early", "rest", "even", "rest",
    ]  # fmt: skip


def test_gaps_are_filled_from_the_request_and_the_expression():
    rules = book(
        {
            "match": {"regex": r"(?P<what>\w+) in (?P<city>\w+)( on (?P<day>\w+))?"},
            "reply": "${what}/${city}/${day|today}/${match}/${model}/${user|nobody}/${count}/"
            "${endpoint}/${last}/${system}/${request.temperature}/${request.messages[-1].role}/"
            "$${plain} costs $5 {or} so",
        }
    )
    (said,) = says(rules, "rain in Rome", system="Be brief.")
    assert said == (
        f"rain/Rome/today/rain in Rome/gpt-6-luna/nobody/1/{CHAT}/rain in Rome/Be brief./0.5/user/"
        "${plain} costs $5 {or} so"
    )


def test_a_gap_that_nothing_fills_is_said_and_never_empty():
    rules = book({"name": "mine", "reply": "for ${user}"})
    with pytest.raises(Refusal, match=r"mine asks for \$\{user\}.*\$\{user\|…\}"):
        rules.tell(asked())
    assert rules.tell(asked(user="ann")).text == "for ann"


def test_what_a_request_says_is_never_read_as_a_template():
    assert says(book({"reply": "You said: ${last}"}), "${model} ${") == ["You said: ${model} ${"]


def test_values_and_tool_calls_are_filled_in_and_keep_their_types():
    rules = book(
        {
            "match": {"contains": "json", "regex": r"(?P<n>\d)"},
            "reply": {"json": {"n": "${n}", "t": "${request.temperature}", "all": [1, None, True]}},
        },
        {"reply": {"tool_calls": [{"name": "find", "arguments": {"q": "for ${last}"}}]}},
    )
    told = rules.tell(asked("json 5"))
    assert json.loads(told.text) == {"n": "5", "t": 0.5, "all": [1, None, True]}
    (call,) = rules.tell(asked("tents")).calls
    assert (call[0], json.loads(call[1])) == ("find", {"q": "for tents"})


def test_an_error_is_a_refusal_with_the_status_and_words_of_the_rule():
    error = {"status": 429, "message": "Not now, ${user}.", "code": "slow", "retry_after_s": 2}
    with pytest.raises(Refusal, match="Not now, ann") as raised:
        book({"reply": {"error": error}}).tell(asked(user="ann"))
    refusal = raised.value
    assert (refusal.reason, refusal.status, refusal.code) == ("rate_limited", 429, "slow")
    assert refusal.headers["retry-after"] == "2"


def test_what_stands_beside_a_reply_goes_with_it():
    told = book(
        {
            "reply": {
                "text": "x",
                "finish_reason": "content_filter",
                "usage": {"prompt_tokens": 7},
                "latency": {"ttft_s": 2},
            }
        }
    ).tell(asked())
    assert (told.finish_reason, told.usage) == ("content_filter", {"prompt_tokens": 7})
    assert told.pace.ttft_median_s == 2.0
    assert book({"reply": {"refusal": True}}).tell(asked()).refused


def test_a_strict_file_says_which_request_had_no_rule_and_which_rule_was_nearest():
    rules = book(
        {"name": "boats", "match": {"contains": "boat", "user": "ann"}, "reply": "b"},
        {"name": "greeting", "match": {"equals": "Hello there", "stream": True}, "reply": "g"},
        {"name": "tents", "match": {"equals": "Hello, there"}, "reply": "t"},
        otherwise="error",
    )
    with pytest.raises(Refusal) as raised:
        rules.tell(asked("Hello there"))
    said = raised.value.message
    assert "/v1/chat/completions, model gpt-6-luna, last user text 'Hello there'" in said
    assert "nearest is 'greeting': the reply is not streamed" in said
    assert raised.value.code == "no_rule"


def test_each_book_counts_for_itself():
    rules = load_rules({"rules": [{"replies": ["a", "b"]}]})
    one, other = Rulebook(rules), Rulebook(rules)
    assert says(one, "1", "2") == ["a", "b"]
    assert says(other, "1") == ["a"]


def test_rules_survive_being_written_down(tmp_path):
    path = tmp_path / "mine.yaml"
    path.write_text(
        "rules: [{match: {contains: a}, replies: [b, {refusal: true}, {json: {day: 2026-11-22}}]}]"
    )
    rules = load_rules(path)
    assert load_rules(json.loads(json.dumps(rules.to_dict()))) == rules


@pytest.mark.parametrize(
    ("rule", "complaint"),
    [
        (
            {"match": {"contain": "x"}, "reply": "y"},
            r"rules\[1\]: match: contain: is not a setting",
        ),
        ({"match": {"regex": "("}, "reply": "y"}, "regex: is no regular expression"),
        ({"match": {"endpoint": "chat"}, "reply": "y"}, "endpoint: 'chat' is none of"),
        ({"match": {"nth": 0}, "reply": "y"}, "nth: counts from 1"),
        ({"match": {"nth": "x"}, "reply": "y"}, "nth: expected a whole number"),
        ({"match": {"stream": "yes"}, "reply": "y"}, "stream: expected true or false"),
        ({"match": {"contains": 5}, "reply": "y"}, "contains: expected text or a list"),
        ({"match": {"regex": "(?P<model>x)"}, "reply": "y"}, "the group 'model' has a name"),
        ({"match": {}}, "reply: needs either a reply or a list"),
        ({"reply": "a", "replies": ["b"]}, "reply: needs either"),
        ({"replies": []}, "reply: needs either|replies: has no reply"),
        ({"reply": "${who}"}, "reply: 'who' is none of model, endpoint, user"),
        ({"reply": {"text": "${request}"}}, "is no path"),
        ({"reply": {"text": "a", "json": 1}}, "reply: needs exactly one of .* got text and json"),
        ({"replies": ["a", {}]}, r"replies\[2\]: needs exactly one of .* got none"),
        ({"reply": {"text": "a", "usage": {"tokens": 1}}}, "usage: tokens: is not a setting"),
        (
            {"reply": {"text": "a", "usage": {"cached_tokens": 9, "prompt_tokens": 1}}},
            "cached_tokens: is 9, more than",
        ),
        ({"reply": {"text": "a", "finish_reason": "end"}}, "finish_reason: 'end' is none of"),
        ({"reply": {"error": {"status": 200}}}, "status: must be at least 400"),
        ({"reply": {"error": {"status": 600}}}, "status: must be between 400 and 599"),
        ({"reply": {"tool_calls": []}}, "tool_calls: names no tool"),
        ({"reply": {"tool_calls": [{"name": "a", "arguments": [1]}]}}, "arguments: expected keys"),
        ({"reply": "a", "on_end": "stop"}, "on_end: 'stop' is none of last, cycle, fall_through"),
        ({"reply": 5}, "reply: expected keys with values, got 5"),
        ({"reply": {"json": {"n": 10**30}}}, "json: JSON has no such value"),
        ({"reply": {"json": {True: 1}}}, "json: JSON has no such value"),
        ({"reply": "a", "match": {"nth": 10**30}}, "rules: hold a value that JSON has not"),
    ],
)
def test_a_mistake_is_named_by_file_key_and_cause(rule, complaint):
    with pytest.raises(SettingError, match=complaint):
        load_rules({"rules": [rule]})


def test_a_file_needs_rules_with_names_of_their_own(tmp_path):
    with pytest.raises(SettingError, match="rules: has no rule"):
        load_rules({})
    with pytest.raises(SettingError, match="two rules are called 'a'"):
        load_rules({"rules": [{"name": "a", "reply": "x"}, {"name": "a", "reply": "y"}]})
    with pytest.raises(SettingError, match="otherwise: 'fail' is none of knowledge, error"):
        load_rules({"rules": [{"reply": "x"}], "otherwise": "fail"})
    with pytest.raises(SettingError, match="there is no such file"):
        load_rules(tmp_path / "none.yaml")


def test_a_job_that_is_kept_for_the_next_request_stays_as_it_was_read():
    class Job:
        model, stream, wants_json = load_models()["gpt-6-luna"], False, False
        ask = Ask(({"role": "user", "content": "Hello"},), 100)

    class Lab:
        def tell(self, asked):
            return book({"reply": "hi"}).tell(asked)

    class Visit:
        endpoint, user, body = CHAT, None, b"{}"

    job = Job()
    changed, told = by_rule(Lab(), Visit(), job)
    assert (told.text, changed.ask.told) == ("hi", told)
    assert job.ask.told is None
