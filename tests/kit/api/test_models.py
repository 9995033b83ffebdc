"""How forgiving the records are: with every field missing, null, of a wrong type, or unknown."""

import inspect
from decimal import Decimal
from typing import Any

import pytest
from pydantic import BaseModel, ValidationError

from plugin_server.kit.api import models
from plugin_server.kit.api.models import Broadcast, Pagination, Product, Purchase, Webhook
from plugin_server.kit.api.records import KitRecord, read_record

RECORDS = [
    model
    for _, model in inspect.getmembers(models, inspect.isclass)
    if issubclass(model, KitRecord) and model is not KitRecord
]
UNREADABLE: list[Any] = [None, object(), float("nan")]


def named(model: type[BaseModel]) -> str:
    return model.__name__


def least(model: type[BaseModel]) -> dict[str, Any]:
    """Return the fewest fields that a record needs."""
    examples: dict[str, Any] = {"id": 7, "stats": {}, "colors": [], "has_next_page": False}
    return {name: examples[name] for name, it in model.model_fields.items() if it.is_required()}


@pytest.mark.parametrize("model", RECORDS, ids=named)
def test_an_id_is_all_that_a_record_needs(model: type[BaseModel]) -> None:
    found = model.model_validate(least(model))
    optional = {name for name in model.model_fields if name not in least(model)}
    assert all(not getattr(found, name) for name in optional)


@pytest.mark.parametrize("model", RECORDS, ids=named)
@pytest.mark.parametrize("value", UNREADABLE, ids=["null", "object", "nan"])
def test_a_field_that_cannot_be_read_costs_only_itself(model: type[BaseModel], value: Any) -> None:
    whole = model.model_validate(least(model))
    for name in model.model_fields:
        changed = read_record(model, {**least(model), name: value})
        if name in least(model):
            assert changed is None
        else:
            assert changed == whole


@pytest.mark.parametrize("model", RECORDS, ids=named)
def test_unknown_fields_are_ignored(model: type[BaseModel]) -> None:
    found = model.model_validate({**least(model), "model_config": 5, "new_at_kit": {"x": [1]}})
    assert found == model.model_validate(least(model))


@pytest.mark.parametrize("model", RECORDS, ids=named)
def test_records_name_their_endpoint_and_cannot_be_changed(model: type[BaseModel]) -> None:
    if model is not Pagination and model is not Product:
        assert "/v4/" in (model.__doc__ or "")
    with pytest.raises(ValidationError):
        setattr(model.model_validate(least(model)), next(iter(model.model_fields)), 5)


@pytest.mark.parametrize("model", RECORDS, ids=named)
def test_no_record_has_room_for_a_person(model: type[BaseModel]) -> None:
    personal = {"email_address", "email", "primary_email_address", "first_name", "fields"}
    assert not {*model.model_fields} & {*personal, "transaction_id", "referrer", "lid"}


@pytest.mark.parametrize("time", [5, 1.5, "5", "yesterday", "", True, "2026-02-30T00:00:00Z"])
def test_what_is_no_time_is_none(time: Any) -> None:
    found = Broadcast.model_validate({"id": 1, "subject": "S", "send_at": time})
    assert (found.subject, found.send_at) == ("S", None)


def test_a_broken_part_of_a_list_hides_no_other() -> None:
    found = Broadcast.model_validate(
        {
            "id": 1,
            "clicks": [5, {"url": "https://a.example/", "unique_clicks": "many"}, None],
            "subscriber_filter": [{"all": [{"type": "tag", "ids": [1, "x", 2]}], "any": None}],
            "email_template": {"id": "x", "name": "Gone"},
        }
    )
    assert [(click.url, click.unique_clicks) for click in found.clicks] == [
        ("https://a.example/", None)
    ]
    assert found.subscriber_filter[0].all[0].ids == (1, 2)
    assert found.email_template is None


def test_amounts_are_exact() -> None:
    found = Purchase.model_validate({"id": 1, "total": 81.53, "products": [{"unit_price": 0.1}]})
    assert found.total == Decimal("81.53")
    assert found.products[0].unit_price == Decimal("0.1")


def test_addresses_of_webhooks_are_not_printed() -> None:
    key = "https://hooks.example/?key=k"
    found = Webhook.model_validate(
        {"id": 1, "target_url": key, "event": {"name": "link_click", "initiator_value": key}}
    )
    assert found.target_url == key
    assert found.event is not None
    assert found.event.initiator_value == key
    assert "hooks.example" not in repr(found)


def test_drafts_are_not_printed() -> None:
    assert "unsent" not in repr(Broadcast.model_validate({"id": 1, "content": "unsent"}))
