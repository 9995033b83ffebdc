"""The made-up subscribers for whom a dynamic block is rendered: each condition has each outcome."""

from collections.abc import Callable
from itertools import product

import pytest
from support.blocks.personal import CONTEXT, DYNAMIC

from plugin_server.rendering.context_shape import split_context
from plugin_server.rendering.email_cache import Email
from plugin_server.rendering.email_styles import EmailStyles
from plugin_server.rendering.personal.judging import results
from plugin_server.rendering.personal.personal_block import PersonalBlock
from plugin_server.rendering.personal.samples import Uses
from plugin_server.rendering.renderer import prepare


def made(source: str, template: Callable[[str], None]) -> tuple[PersonalBlock, list[str]]:
    """Return a prepared block, and the values that it is filled with."""
    template(source)
    prepared = prepare("trial", CONTEXT, DYNAMIC, colored=())
    assert isinstance(prepared, PersonalBlock)
    return prepared, [*split_context(CONTEXT)[1], "kb-trial-0"]


def sent(source: str, template: Callable[[str], None]) -> list[str]:
    """Return everything that made-up subscribers get, without white space."""
    prepared, values = made(source, template)
    html = prepared.fill(values, Email(EmailStyles()))
    return ["".join(each.split()) for _, each in results(prepared.marks, html, values)]


def test_every_combination_of_outcomes_is_given(template: Callable[[str], None]) -> None:
    source = '{% call when(any_of(has("subscriber.x"), lacks("subscriber.x"))) %}<p>'
    for key in "abc":
        source += (
            f'{{% call when(has("subscriber.{key}")) %}}{key}{{{{ otherwise() }}}}-{{% endcall %}}'
        )
    source += '{% call when(equals("subscriber.a", "Ada")) %}!{% endcall %}</p>{% endcall %}'
    found = sent(source, template)
    expected = {"".join(each) for each in product("a-", "b-", "c-")}
    assert {each.removeprefix("<p>").removesuffix("</p>") for each in found} >= expected | {
        f"{each}!" for each in expected if each.startswith("a")
    }


def test_a_list_may_be_missing_whatever_else_is_there(template: Callable[[str], None]) -> None:
    found = sent(
        """{% call when(any_of(has("subscriber.a"), lacks("subscriber.a"))) %}<div>
{% call when(has("subscriber.a")) %}a{{ otherwise() }}-{% endcall %}
{% call when(has("event.items")) %}{% call(item) each("event.items", limit=2) %}
{% call when(has(item.title)) %}t{{ otherwise() }}-{% endcall %}
{% call when(has_url(item.url)) %}u{{ otherwise() }}-{% endcall %}
{% call when(has(item.tags)) %}{% call(tag) each(item.tags) %}
{% call when(equals(tag, "new")) %}n{{ otherwise() }}.{% endcall %}
{% endcall %}{{ otherwise() }}0{% endcall %};
{% endcall %}{{ otherwise() }}none{% endcall %}</div>{% endcall %}""",
        template,
    )
    inside = {each.removeprefix("<div>").removesuffix("</div>") for each in found}
    assert inside >= {"anone", "-none"}
    items = {item for each in inside for item in each[1:].split(";")}
    for title, url in product("t-", "u-"):
        of_item = {item[2:] for item in items if item.startswith(f"{title}{url}")}
        assert "0" in of_item
        assert any("n" in each for each in of_item)
        assert any("." in each for each in of_item)
    assert max(each.count(";") for each in inside) == 2


@pytest.mark.parametrize(
    "who",
    [
        "without data",
        "with empty fields",
        "with long texts",
        "with hostile texts",
        "with right-to-left texts",
        "with lists of one item",
        "with longer lists than are shown",
        "with empty lists",
    ],
)
def test_there_are_subscribers_of_all_kinds(who: str, template: Callable[[str], None]) -> None:
    prepared, values = made(
        """{% call when(has("subscriber.a")) %}<div>{{ personal("subscriber.a") }}
{% call(item) each("event.items", limit=3) %}{{ personal(item.title, default="-") }}{% endcall %}
</div>{% endcall %}""",
        template,
    )
    found = {each.who: each.data for each in Uses(prepared.marks, values).samples()}
    data = found[who]
    name = data.get("subscriber", {}).get("a")
    items = data.get("automation", {}).get("our_app", {}).get("abandoned_cart", {}).get("items")
    expected = {
        "without data": lambda: data == {},
        "with empty fields": lambda: name == "",
        "with long texts": lambda: len(name) > 300,
        "with hostile texts": lambda: "<script>" in name and "{{" in name and "\x00" in name,
        "with right-to-left texts": lambda: "\u05d0" <= name[0] <= "\u05ea",
        "with lists of one item": lambda: len(items) == 1,
        "with longer lists than are shown": lambda: len(items) == 4,
        "with empty lists": lambda: items == [],
    }
    assert expected[who]()
