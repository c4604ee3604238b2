from mock_llm.store import Store


def test_objects_come_in_the_order_in_which_they_were_made():
    store = Store()
    for name in "abc":
        store.keep(name, name.upper(), 1)
    store.get("a")
    store.keep("b", "changed", 1)
    assert store.all() == [("a", "A"), ("b", "changed"), ("c", "C")]


def test_what_was_not_used_for_longest_makes_room():
    store = Store(most=2)
    store.keep("a", 1, 1)
    store.keep("b", 2, 1)
    store.get("a")
    store.keep("c", 3, 1)
    assert [id for id, _ in store.all()] == ["a", "c"]
    assert store.get("b") is None


def test_bytes_are_bounded_but_the_newest_object_stays():
    store = Store(most_bytes=10)
    store.keep("a", 1, 6)
    store.keep("b", 2, 4)
    assert len(store) == 2
    store.keep("a", 1, 7)
    assert [id for id, _ in store.all()] == ["a"]
    store.keep("huge", 3, 100)
    assert [id for id, _ in store.all()] == ["huge"]
    store.drop("huge")
    store.keep("c", 1, 10)
    assert len(store) == 1


def test_an_object_is_changed_in_one_step():
    store = Store()
    store.keep("a", 1, 1)
    assert store.change("a", lambda value: (value + 1, 1)) == 2
    assert store.get("a") == 2
    assert store.change("never", lambda value: (value, 1)) is None


def test_the_place_of_a_deleted_object_is_remembered():
    store = Store()
    for name in "abc":
        store.keep(name, name, 1)
    assert store.drop("b") == "b"
    assert store.drop("b") is None
    assert store.position("a") < store.position("b") < store.position("c")
    assert store.position("never") is None
