import json

import pytest

from mock_llm.draws import Draw
from mock_llm.injected.answer_faults import hallucinated, one_wrong_value
from mock_llm.model.answers import KnowledgePack

ABLE = {"factual": 1.0, "reasoning": 1.0, "creative": 1.0, "code": 1.0}


@pytest.fixture(scope="module")
def pack():
    return KnowledgePack.load()


def reply_to(pack, text, draw=None):
    return pack.reply([{"role": "user", "content": text}], capability=ABLE, draw=draw or Draw(1))


def test_a_hallucinated_answer_names_no_product_that_exists(pack):
    names = [product.name for product in pack.products]
    for question in pack.questions(kind="factual", n=40, seed=1):
        reply = reply_to(pack, question.text)
        spoiled = hallucinated(reply, pack.products, Draw(1, question.text))
        assert spoiled.text != reply.text
        assert not [name for name in names if name in spoiled.text]
        assert (spoiled.correct, spoiled.item) == (False, question.item)


def test_text_and_data_hallucinate_the_same_product(pack):
    reply = reply_to(pack, "Which laptop under $900 would you recommend for a student?")
    spoiled = hallucinated(reply, pack.products, Draw(1))
    assert spoiled.structured["product"] in spoiled.text
    assert spoiled.structured["product"] not in reply.text


def test_even_an_answer_without_products_gets_one(pack):
    reply = reply_to(pack, "Hello there!")
    spoiled = hallucinated(reply, pack.products, Draw(1))
    assert spoiled.text.startswith(reply.text)
    assert "What you want is the " in spoiled.text
    assert spoiled.correct is None


@pytest.mark.parametrize(
    "data",
    [
        {"product": "Tent", "price": 12.5, "in_stock": True},
        {"items": [{"n": 0}, {"n": 4}], "name": "x"},
        {"ok": False, "name": "x"},
        {"names": ["a", "b"]},
    ],
)
def test_exactly_one_value_is_wrong_and_its_type_is_right(pack, data):
    spoiled = json.loads(one_wrong_value(json.dumps(data), pack.products, Draw(3)))
    before, after = json.dumps(data), json.dumps(spoiled)
    assert before != after
    pairs = list(zip(_leaves(data), _leaves(spoiled), strict=True))
    assert len([1 for a, b in pairs if a != b]) == 1
    assert all(type(a) is type(b) or {type(a), type(b)} == {int, float} for a, b in pairs)


def test_json_without_values_stays_as_it_is(pack):
    assert one_wrong_value('{"a": null, "b": []}', pack.products, Draw(1)) == '{"a": null, "b": []}'


def _leaves(data):
    if isinstance(data, dict):
        return [leaf for value in data.values() for leaf in _leaves(value)]
    if isinstance(data, list):
        return [leaf for value in data for leaf in _leaves(value)]
    return [data]
