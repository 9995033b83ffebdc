"""The kinds of records on an account's pages, from the table of Kit's resources.

What Kit's API writes has the fields of its operations. The rest is written by the creator alone, at Kit in
its own pages: those fields are here.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from plugin_server.sandbox.kit import fields
from plugin_server.sandbox.kit.accounts import Account
from plugin_server.sandbox.kit.broadcasts import BROADCASTS
from plugin_server.sandbox.kit.fields import Field
from plugin_server.sandbox.kit.generated_posts import Record
from plugin_server.sandbox.kit.purchases import FIELDS as PURCHASE_FIELDS
from plugin_server.sandbox.kit.purchases import PURCHASES
from plugin_server.sandbox.kit.resource import Resource
from plugin_server.sandbox.kit.resources import (
    CUSTOM_FIELDS,
    EMAIL_TEMPLATES,
    FORMS,
    POSTS,
    SEGMENTS,
    SEQUENCE_EMAILS,
    SEQUENCES,
    SNIPPETS,
    TAGS,
)
from plugin_server.sandbox.kit.subscriber_records import SUBSCRIBERS
from plugin_server.sandbox.kit.texts import slug

_BLANK_NAME = "Name can't be blank"
_PRODUCT_MEMBERS = ("pid", "name", "unit_price", "sku")

# Kit's API has no such resource: it names products in the purchases of them alone.
PRODUCTS = Resource("product", "id pid name unit_price sku purchases")


def _no_defaults(_account: Account, _values: Record) -> None:
    """Let a new record be what its form says."""


@dataclass(frozen=True)
class Kind:
    """Records of one kind.

    Attributes:
        resource: theirs at Kit.
        title: their name on pages, in the plural.
        one: the same in the singular.
        columns: members in lists, of which the first one that is not empty names the record.
        path: of their operations at Kit, ``""`` where there are none.
        by_hand: fields of what Kit's API does not write.
        new_only: fields that are not there once the record exists.
        complete: adds to the values of a form what the creator may leave out.
        is_listed_only: whether records can neither be added nor deleted.
        note: a sentence above the list.
    """

    resource: Resource
    title: str
    one: str
    columns: tuple[str, ...]
    path: str = ""
    by_hand: Mapping[str, Field] | None = None
    new_only: frozenset[str] = frozenset()
    complete: Callable[[Account, Record], None] = _no_defaults
    is_listed_only: bool = False
    note: str = ""

    @property
    def name(self) -> str:
        """The name in URLs, and that of the collection."""
        return self.resource.stored

    def fields(self, *, new: bool) -> dict[str, Field]:
        """Return the fields of the form of a record."""
        every = self.by_hand if self.by_hand is not None else self.resource.fields
        return {name: each for name, each in every.items() if new or name not in self.new_only}

    def records(self, account: Account) -> Sequence[Record]:
        """Return the account's records, newest first."""
        if self.resource is PRODUCTS:
            return products_of(account)
        return account.collections.get(self.name, ())

    def find(self, account: Account, id_: int) -> Record | None:
        """Return one record; ``None`` when there is none with this id."""
        if self.resource is PRODUCTS:
            return next((each for each in products_of(account) if each["id"] == id_), None)
        table = account.collections.get(self.name)
        return None if table is None else table.find(id_)


def products_of(account: Account) -> list[Record]:
    """Return what was bought, one record for each ``pid``, the last one first."""
    found: dict[str, Record] = {}
    for purchase in account.collections["purchases"][::-1]:
        for line in purchase["products"]:
            members = {name: line.get(name) for name in _PRODUCT_MEMBERS}
            product = found.setdefault(line["pid"], {"id": len(found) + 1, "purchases": 0})
            product.update(members, purchases=product["purchases"] + 1)
    return [*found.values()][::-1]


def _complete_post(account: Account, values: Record) -> None:
    if values.get("title") and not values.get("slug"):
        values["slug"] = slug(values["title"], "-")
    if values.get("status") == "published":
        values["published_at"] = values.get("published_at") or account.now()
        if not values.get("public_url"):
            values["public_url"] = f"{account.site}/posts/{values['slug']}"
    if not values.get("publication_id"):
        last = (table[0]["publication_id"] for table in _publications(account) if table)
        values["publication_id"] = 1 + max(last, default=0)


def _publications(account: Account) -> list[Sequence[Record]]:
    return [account.broadcasts, account.posts or ()]


def _complete_form(_account: Account, values: Record) -> None:
    values["archived"] = values.get("status") == "archived"


_POST = {
    "title": Field(fields.trimmed, required="Title can't be blank"),
    "status": Field(fields.one_of("status", "published", "scheduled", "draft"), "published"),
    "published_at": Field(fields.moment_or_none("published_at")),
    "slug": Field(fields.trimmed),
    "public_url": Field(fields.text),
    "description": Field(fields.text),
    "meta_description": Field(fields.text),
    "thumbnail_url": Field(fields.text),
    "thumbnail_alt": Field(fields.text),
    "is_paid": Field(fields.boolean, default=False),
    "product_id": Field(fields.id_or_none),
    "content": Field(fields.text),
}
_FORM = {
    "name": Field(fields.trimmed, required=_BLANK_NAME),
    "type": Field(fields.one_of("type", "embed", "hosted"), default="embed"),
    "format": Field(fields.text),
    "status": Field(fields.one_of("status", "active", "archived", "trashed"), default="active"),
    "uid": Field(fields.trimmed),
    "embed_url": Field(fields.text),
    "embed_js": Field(fields.text),
}
_TEMPLATE = {
    "name": Field(fields.trimmed, required=_BLANK_NAME),
    "category": Field(fields.text, default="HTML"),
    "is_default": Field(fields.boolean, default=False),
}
_EMAIL: dict[str, Any] = {
    "sequence_id": Field(fields.whole_number, required="sequence_id can't be blank"),
    **SEQUENCE_EMAILS.fields,
}
_PRODUCT = {
    "name": Field(fields.trimmed, required=_BLANK_NAME),
    "unit_price": Field(fields.number, required="unit_price can't be blank"),
    "sku": Field(fields.text),
}

KINDS = {
    kind.name: kind
    for kind in (
        Kind(
            *(POSTS, "Posts", "post", ("title", "status", "published_at"), "posts"),
            by_hand=_POST,
            complete=_complete_post,
        ),
        Kind(BROADCASTS, "Broadcasts", "broadcast", ("subject", "status", "send_at"), "broadcasts"),
        Kind(
            *(SUBSCRIBERS, "Subscribers", "subscriber"),
            *(("email_address", "first_name", "state", "created_at"), "subscribers"),
            # The values of custom fields have a field each.
            by_hand={name: f for name, f in SUBSCRIBERS.fields.items() if name != "fields"},
        ),
        Kind(TAGS, "Tags", "tag", ("name", "created_at"), "tags"),
        Kind(
            *(FORMS, "Forms", "form", ("name", "type", "status", "created_at"), "forms"),
            by_hand=_FORM,
            complete=_complete_form,
        ),
        Kind(SEQUENCES, "Sequences", "sequence", ("name", "active", "created_at"), "sequences"),
        Kind(
            *(SEQUENCE_EMAILS, "Sequence emails", "sequence email"),
            *(("subject", "sequence_id", "position", "published"), "sequences/{id}/emails"),
            by_hand=_EMAIL,
            new_only=frozenset({"sequence_id"}),
        ),
        Kind(CUSTOM_FIELDS, "Custom fields", "custom field", ("label", "key"), "custom_fields"),
        Kind(
            *(PRODUCTS, "Products", "product", ("name", "pid", "unit_price", "purchases")),
            by_hand=_PRODUCT,
            is_listed_only=True,
            note="Kit’s API names products in purchases alone. A change here is made in each of them;"
            " to add a product, add a purchase of it.",
        ),
        Kind(
            *(PURCHASES, "Purchases", "purchase"),
            *(("transaction_id", "email_address", "total", "transaction_time"), "purchases"),
            by_hand=PURCHASE_FIELDS,
            new_only=frozenset({"first_name"}),
        ),
        Kind(SNIPPETS, "Snippets", "snippet", ("name", "snippet_type", "archived"), "snippets"),
        Kind(
            *(SEGMENTS, "Segments", "segment", ("name", "created_at"), "segments"),
            by_hand={"name": _FORM["name"]},
        ),
        Kind(
            *(EMAIL_TEMPLATES, "Email templates", "email template"),
            *(("name", "category", "is_default"), "email_templates"),
            by_hand=_TEMPLATE,
        ),
    )
}
