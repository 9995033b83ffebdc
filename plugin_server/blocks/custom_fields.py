"""The search field for subscribers' fields: first names and the account's custom fields."""

from collections.abc import Iterator, Mapping

from plugin_server.blocks.base import Option, SearchQuery
from plugin_server.blocks.search import Candidate, OptionIndex
from plugin_server.errors import ContentNotFound
from plugin_server.kit.account_data import AccountData
from plugin_server.kit.api import endpoints
from plugin_server.kit.api.models import CustomField
from plugin_server.kit.kit_resource import kit_list
from plugin_server.rendering.personal.fields import subscriber_field
from plugin_server.rendering.text import one_line
from plugin_server.rendering.value_types import SubscriberField

# The scope of every block that offers custom fields.
READ_CUSTOM_FIELDS: Mapping[str, str] = {
    "read:custom_fields": "Read the names of your custom fields, but not what subscribers have in them"
}
# What every subscriber may have, without a custom field.
FIRST_NAME = SubscriberField("first_name")

# The sandbox's developer has custom fields with the same keys, so that the examples' choices exist there.
CUSTOM_FIELDS = kit_list(
    endpoints.CUSTOM_FIELDS,
    scope="read:custom_fields",
    sample=[
        CustomField(id=31, name="ck_field_31_last_name", key="last_name", label="Last name"),
        CustomField(id=32, name="ck_field_32_boat", key="boat", label="Name of your boat"),
        CustomField(
            id=33, name="ck_field_33_home_port_2", key="home_port_2", label="Home port (second)"
        ),
        CustomField(id=34, name="ck_field_34_membership", key="membership", label="Membership"),
    ],
)


def search_fields(query: SearchQuery, data: AccountData) -> list[Option]:
    """Return the first name and the account's custom fields, or those whose labels match.

    The value of an option is the key that ``find_field`` takes. An account without custom fields has the
    first name alone.

    Raises:
        UndeclaredScope: the block's scopes lack ``read:custom_fields``.
        KitError: Kit failed, and nothing is cached.
    """
    fields = data.get(CUSTOM_FIELDS, for_search=True)
    return OptionIndex((Candidate("First name", str(FIRST_NAME)), *_candidates(fields))).search(
        query
    )


def _candidates(fields: tuple[CustomField, ...]) -> Iterator[Candidate]:
    for each in fields:
        # Kit's own name of it is not for people, and a key that Liquid could not read is of no use.
        if (key := subscriber_field(each.key)) and key != FIRST_NAME:
            yield Candidate(one_line(each.label or "") or str(key), str(key), str(key))


def find_field(value: str, data: AccountData) -> SubscriberField | None:
    """Return the field that a creator has chosen; ``None`` where none is.

    Args:
        value: as ``values.result(name)`` returns it: a key.
        data: the account, from which nothing is read for the first name.

    Raises:
        ContentNotFound: the account does not have this custom field any more.
        KitError: Kit failed, and nothing is cached.
    """
    if not value:
        return None
    if value == FIRST_NAME:
        return FIRST_NAME
    keys = {each.key for each in data.get(CUSTOM_FIELDS)}
    if (found := subscriber_field(value)) is None or value not in keys:
        what = f"a custom field {found}" if found else "this custom field"
        raise ContentNotFound(f"Your account does not have {what} any more. Choose another one.")
    return found
