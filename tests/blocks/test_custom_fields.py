"""The search field for subscribers' fields, which dynamic blocks share."""

from collections.abc import Callable
from typing import Any

import pytest

from plugin_server.blocks import CUSTOM_FIELDS, SearchQuery, find_field, models, search_fields
from plugin_server.errors import ContentNotFound, UndeclaredScope
from plugin_server.examples.sample_accounts import SampleAccount

Maker = Callable[..., Any]


@pytest.fixture
def with_fields(account: Maker) -> Callable[..., SampleAccount]:
    """A maker of accounts whose custom fields have these keys and labels."""

    def made(*fields: tuple[str | None, str | None]) -> SampleAccount:
        records = (
            models.CustomField(id=number, key=key, label=label)
            for number, (key, label) in enumerate(fields, 1)
        )
        found: SampleAccount = account().with_data(CUSTOM_FIELDS, tuple(records))
        return found

    return made


def search(data: SampleAccount, text: str = "") -> list[tuple[str, str]]:
    # As JSON is written of them: no other kinds of strings.
    for option in search_fields(SearchQuery(text, (text,)), data):
        assert type(option.label) is type(option.value) is str
    return [(each.label, each.value) for each in search_fields(SearchQuery(text, (text,)), data)]


def test_first_names_come_before_the_custom_fields(with_fields: Maker) -> None:
    data = with_fields(("boat", "Name of your boat"), ("town", " Town\n"))
    names = [("First name", "first_name"), ("Name of your boat", "boat"), ("Town", "town")]
    assert search(data) == names
    assert search(data, "your") == [names[1]]


def test_the_stored_key_alone_finds_its_label_again(with_fields: Maker) -> None:
    data = with_fields(("ck_7", "Town"))
    assert search(data, "ck_7") == [("Town", "ck_7")]
    assert search(data, "first_name") == [("First name", "first_name")]


def test_an_account_without_custom_fields_offers_first_names(with_fields: Maker) -> None:
    assert search(with_fields()) == [("First name", "first_name")]


def test_equal_labels_are_distinguished_by_their_keys(with_fields: Maker) -> None:
    data = with_fields(("town", "Town"), ("town_2", "Town"), ("name", "First name"))
    labels = dict(search(data))
    assert labels["Town · town"] == "town"
    assert labels["Town · town_2"] == "town_2"
    assert len(labels) == 4


@pytest.mark.parametrize("key", [None, "", "With Space", "x" * 101, "a.b", "first_name"])
def test_keys_that_liquid_cannot_read_are_not_offered(with_fields: Maker, key: str | None) -> None:
    assert search(with_fields((key, "Town"))) == [("First name", "first_name")]


def test_a_field_without_a_label_has_its_key(with_fields: Maker) -> None:
    assert search(with_fields(("town", None)))[1] == ("town", "town")


def test_a_chosen_field_is_found(with_fields: Maker) -> None:
    data = with_fields(("town", "Town"))
    assert find_field("town", data) == "town"
    assert find_field("", data) is None


@pytest.mark.parametrize(
    ("value", "sentence"),
    [
        ("gone", "Your account does not have a custom field gone any more. Choose another one."),
        ("{{ x }}", "Your account does not have this custom field any more. Choose another one."),
    ],
)
def test_a_field_that_is_gone_is_reported_to_the_creator(
    with_fields: Maker, value: str, sentence: str
) -> None:
    with pytest.raises(ContentNotFound) as raised:
        find_field(value, with_fields(("town", "Town")))
    assert raised.value.messages == [sentence]


def test_the_scope_is_for_custom_fields_alone(with_fields: Maker) -> None:
    data = with_fields(("town", "Town")).restricted_to(())
    assert find_field("first_name", data) == "first_name"
    for read in (lambda: find_field("town", data), lambda: search(data)):
        with pytest.raises(UndeclaredScope, match="read:custom_fields"):
            read()
