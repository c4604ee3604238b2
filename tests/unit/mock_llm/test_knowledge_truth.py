"""Right answers are right and wrong ones wrong, by the catalogue."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mock_llm.draws import Draw
from mock_llm.knowledge.catalogue import SHIPPED, Catalogue, dollars
from mock_llm.knowledge.programs import bugs, program
from mock_llm.knowledge.sample import sample
from mock_llm.knowledge.slots import KINDS, Limit, Slots
from mock_llm.knowledge.truth import Truth
from mock_llm.knowledge.vocabulary import CATEGORIES, FEATURES, MEASURES
from mock_llm.knowledge.wrong import check, unrelated, wrong
from mock_llm.model.answers import KnowledgePack

CATALOGUE = Catalogue.load()
TRUTH = Truth(CATALOGUE)


def test_the_shop_has_enough_products_in_enough_categories() -> None:
    assert len(CATALOGUE.products) >= 120
    assert len(CATALOGUE.by_category) >= 12
    assert all(len(shelf) >= 8 for shelf in CATALOGUE.by_category.values())


def test_every_attribute_of_the_shop_has_words() -> None:
    for category in CATALOGUE.by_category:
        assert category in CATEGORIES
        assert set(CATALOGUE.features[category]) <= set(FEATURES)
        assert set(CATALOGUE.numbers[category]) <= set(MEASURES)


def test_every_product_is_believable() -> None:
    for product in CATALOGUE.products:
        assert product.name.startswith(product.brand)
        assert 500 <= product.price_cents <= 500_000
        assert 3.0 <= product.rating <= 5.0
        assert product.warranty_years >= 1
        assert all(value > 0 for value in product.attributes.values() if value is not False)
    prices = [(p.category, p.price_cents) for p in CATALOGUE.products]
    assert len(set(prices)) == len(prices), "a tie for the cheapest would have two right answers"


def test_a_feature_tells_products_of_its_category_apart() -> None:
    for category, features in CATALOGUE.features.items():
        for feature in features:
            having = {product.has(feature) for product in CATALOGUE.by_category[category]}
            assert having == {True, False}, (category, feature)


def test_prices_are_formatted_like_prices() -> None:
    assert [dollars(cents) for cents in (5, 8999, 10000, 129900)] == [
        "$0.05", "$89.99", "$100.00", "$1,299.00",
    ]  # fmt: skip


def test_a_shop_that_is_none_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "shop.json"
    path.write_text('{"products": [{"id": "a"}]}', encoding="utf-8")
    with pytest.raises(ValueError, match="is not a shop"):
        KnowledgePack.load(path)
    rows = json.loads(SHIPPED.read_text(encoding="utf-8"))["products"][:1] * 2
    path.write_text(json.dumps({"products": rows}), encoding="utf-8")
    with pytest.raises(ValueError, match="an id twice"):
        KnowledgePack.load(path)


@settings(max_examples=1500, deadline=None)
@given(st.sampled_from(KINDS), st.integers(0, 10**9))
def test_right_answers_pass_the_check_and_wrong_ones_never_do(kind: str, seed: int) -> None:
    slots = sample(kind, CATALOGUE, Draw(seed, "slots"))
    draw = Draw(seed, "answer")
    assert check(slots, TRUTH.right(slots, draw), TRUTH), slots.item
    assert not check(slots, wrong(slots, TRUTH, draw), TRUTH), slots.item
    assert not check(slots, unrelated(slots, TRUTH, draw), TRUTH), slots.item


def test_a_wrong_recommendation_is_a_real_product_that_looks_right() -> None:
    limit = Limit("price_cents", "<", 10000)
    slots = Slots("recommend", ("headphones",), features=(("wireless", True),), limits=(limit,))
    names = {product.name for product in CATALOGUE.by_category["headphones"]}
    for seed in range(50):
        assert wrong(slots, TRUTH, Draw(seed))["product"] in names


def test_items_are_distinct_and_cover_every_kind_and_difficulty() -> None:
    items = KnowledgePack.load().items
    assert len({item.id for item in items}) == len(items) > 1000
    assert {item.kind for item in items} == set(KINDS)
    assert all(0.0 <= item.difficulty <= 0.8 for item in items)
    assert all(dict(item.answer) != dict(item.wrong) for item in items)
    for kind in KINDS:
        levels = [question.difficulty for question in _questions(kind)]
        assert min(levels) <= 0.35, kind
        assert max(levels) >= 0.65, kind


def _questions(kind: str) -> list[Any]:
    return list(KnowledgePack.load().questions(kind=kind, n=300, seed=1))


def test_more_constraints_and_negations_make_a_question_harder() -> None:
    limit = Limit("price_cents", "<", 10000)
    plain = Slots("recommend", ("headphones",), limits=(limit,))
    wireless = Slots("recommend", ("headphones",), (), (), (("wireless", True),), (limit,))
    wired = Slots("recommend", ("headphones",), (), (), (("wireless", False),), (limit,))
    assert plain.difficulty < wireless.difficulty < wired.difficulty


PRODUCTS = [
    {"name": name, "category": category, "price_cents": cents, "rating": rating, "quantity": 2}
    for name, category, cents, rating in (
        ("Ant", "tents", 20000, 4.5), ("Bee", "bikes", 100, 5.0), ("Cow", "tents", 9900, 3.5),
        ("Dog", "tents", 10000, 4.1), ("Elk", "tents", 10100, 4.8), ("Fox", "bikes", 90000, 3.0),
        ("Gnu", "tents", 15000, 4.9), ("Hen", "bikes", 10050, 4.0),
    )
]  # fmt: skip


def _in_tents(key: str) -> list[Any]:
    return [product[key] for product in PRODUCTS if product["category"] == "tents"]


PROGRAMS: list[tuple[Slots, list[Any], Callable[[Any], Any]]] = [
    *(
        (
            Slots("code", ("tents",), limits=(Limit("price_cents", op, 10000),), task="filter"),
            [PRODUCTS],
            lambda ps, op=op: [
                p["name"]
                for p in ps
                if p["category"] == "tents" and Limit("x", op, 10000).holds(p["price_cents"])
            ],
        )
        for op in ("<", "<=", ">", ">=")
    ),
    (Slots("code", task="total"), [PRODUCTS], lambda ps: sum(2 * p["price_cents"] for p in ps)),
    (Slots("code", ("tents",), task="cheapest"), [PRODUCTS, []], lambda ps: "Cow" if ps else None),
    (
        Slots("code", ("tents",), task="average"),
        [PRODUCTS, []],
        lambda ps: pytest.approx(sum(_in_tents("rating")) / 5) if ps else None,
    ),
    (Slots("code", ("tents",), task="top", number=3), [PRODUCTS], lambda _: ["Gnu", "Elk", "Ant"]),
    *(
        (
            Slots("code", task="discount", number=percent),
            list(range(0, 400)),
            lambda cents, percent=percent: (cents * (100 - percent) * 2 + 100) // 200,
        )
        for percent in range(5, 65, 5)
    ),
]


def _run(code: dict[str, object], argument: Any) -> Any:
    namespace: dict[str, Any] = {}
    exec(str(code["code"]), namespace)  # noqa: S102
    try:
        return namespace[str(code["function"])](argument)
    except Exception as error:
        return repr(error)


@pytest.mark.parametrize(("slots", "inputs", "expected"), PROGRAMS)
def test_right_programs_work_and_each_bug_shows(
    slots: Slots, inputs: list[Any], expected: Callable[[Any], Any]
) -> None:
    right = program(slots, None)
    assert all(_run(right, each) == expected(each) for each in inputs)
    for bug in range(bugs(slots)):
        buggy = program(slots, bug)
        assert any(_run(buggy, each) != expected(each) for each in inputs), buggy["code"]
