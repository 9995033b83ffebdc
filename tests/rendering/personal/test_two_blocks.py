"""Dynamic blocks share the variables of one email: Liquid has a single scope for all of it."""

import pytest
from support.blocks.personal import EVERYTHING, filled, sent, templates

from plugin_server.rendering.personal.fields import subscriber_field

ITEMS = [{"title": "A lamp", "url": "https://shop.example/lamp", "tags": ["new"]}]


@pytest.mark.parametrize(
    ("subscriber", "event"),
    [
        ({"first_name": "Ada", "company": "ACME & Co", "city": "Haifa"}, {"items": ITEMS}),
        ({"country": "Chile"}, {"items": ITEMS}),
        ({"company": "ACME"}, None),
        (None, None),
    ],
)
def test_no_block_sees_the_variables_of_another(subscriber: object, event: object) -> None:
    with templates({"blocks/trial.html": EVERYTHING}):
        blocks = [filled(), filled(field=subscriber_field("country"), words="more notes")]
    for email in (blocks, [*reversed(blocks)]):
        alone = " ".join(sent(each, subscriber, event) for each in email)
        assert sent("\n".join(email), subscriber, event).split() == alone.split()
