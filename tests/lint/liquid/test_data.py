"""Variables exist, and show something where they have no value."""

import pytest
from support.blocks.liquid_cases import CART, GUARD, KNOWN, codes, find, found, guarded, infos

from plugin_server.findings.finding import Severity
from plugin_server.lint.liquid.knowledge import NOTHING_KNOWN, Knowledge


def printed(path: str) -> str:
    """Return a template that prints a variable in the right way, in the second line."""
    return guarded(f"\n{{{{ {path} | default: 'x' | escape }}}}")


@pytest.mark.parametrize(
    ("path", "severity", "message", "advice"),
    [
        ("subscriber.compny", Severity.WARNING, 'custom field "compny"', '"company"'),
        ("subscriber.email", Severity.WARNING, '"email"', "subscriber.email_address"),
        ("automation.amce.abandoned_cart.note", Severity.ERROR, '"acme", not "amce"', CART),
        ("automation.acme.cart_block.note", Severity.ERROR, "own identifier", CART),
        ("automation.acme.purchase.note", Severity.ERROR, 'not "purchase"', CART),
        (f"{CART}.checkout_ur", Severity.ERROR, "no checkout_ur", '"checkout_url"'),
        (f"{CART}.items[0].titles", Severity.WARNING, "no titles in items[0]", '"title"'),
        (f"{CART}.items.title", Severity.WARNING, "no title in items", "no members"),
        ("first_name", Severity.WARNING, "nothing gives", "subscriber.first_name"),
        ("checkout_url", Severity.WARNING, "nothing gives", f"{CART}.checkout_url"),
        ("heading", Severity.WARNING, "is a setting", "your server"),
        ("customer.name", Severity.WARNING, "nothing gives", "subscriber.<field>"),
        ("subscribr.city", Severity.WARNING, "nothing gives", '"subscriber"'),
        ("surprise", Severity.WARNING, "nothing gives", "Begin it with"),
    ],
)
def test_a_variable_without_a_value_is_found(
    path: str, severity: Severity, message: str, advice: str
) -> None:
    finding = find(printed(path), "liquid-variable")
    assert finding.place.line == 2
    assert finding.severity is severity
    assert message in finding.message
    assert advice in finding.advice


@pytest.mark.parametrize(
    "path",
    [
        "subscriber.company",
        "subscriber['city']",
        "subscriber.first_name",
        "subscriber.email_address",
        f"{CART}.items.first.price",
        f"{CART}.items[1].url",
        f"{CART}.items.size",
        f"{CART}.note.anything",
        f"{CART}.nothing[0].anything",
        "unsubscribe_url",
    ],
)
def test_a_variable_with_a_value_is_not(path: str) -> None:
    assert codes(printed(path)) == []


def test_an_event_that_does_not_exist_is_found_once() -> None:
    template = guarded(
        "{% for item in automation.acme.purchase.items %}{{ item.title | escape }}{% endfor %}"
        "{{ automation.acme.purchase.note | default: 'x' | escape }}"
    )
    assert codes(template) == ["liquid-variable"]


def test_of_an_unknown_account_nothing_is_missing() -> None:
    assert codes(printed("subscriber.compny"), NOTHING_KNOWN) == []
    assert codes(printed("automation.other.thing.field"), NOTHING_KNOWN) == []
    own = Knowledge(identifier="cart_block")
    assert (
        "own identifier"
        in find(printed("automation.x.cart_block.y"), "liquid-variable", own).message
    )


def test_a_block_without_an_event_has_no_automation() -> None:
    known = Knowledge(app="acme", event="")
    template = "{% if automation.acme.abandoned_cart %}x{% endif %}"
    assert "no event plugin" in find(template, "liquid-variable", known).message


def test_loops_and_variables_are_followed_to_the_data() -> None:
    template = guarded(
        f"""{{% assign all = {CART}.items | sort: "title" %}}
        {{% for item in all %}}{{% assign one = item %}}
        {{{{ one.title | escape }}}}
        {{{{ one.titles | escape }}}}
        {{% endfor %}}"""
    )
    assert found(template) == [("liquid-variable", 4)]


@pytest.mark.parametrize(
    "html",
    [
        "{{ subscriber.city | escape }}",
        "{{ subscriber.city | default: '' | escape }}",
        "{% if subscriber.company %}{{ subscriber.city | escape }}{% endif %}",
        "{% if subscriber.company or subscriber.city %}{{ subscriber.city | escape }}{% endif %}",
        "{% if subscriber.city == blank %}{{ subscriber.city | escape }}{% endif %}",
        "{% unless subscriber.city %}{{ subscriber.city | escape }}{% endunless %}",
        "{% assign a = subscriber.city | escape %}{{ a }}",
        "{% if subscriber.city %}{% assign a = subscriber.city | escape %}{% endif %}{{ a }}",
        "{% capture a %}{{ subscriber.city | escape }}{% endcapture %}{{ a }}",
    ],
)
def test_what_may_be_empty_is_found(html: str) -> None:
    assert "liquid-default" in codes(guarded(html))


@pytest.mark.parametrize(
    "html",
    [
        "{{ subscriber.city | default: 'town' | escape }}",
        "{{ subscriber.city | default: subscriber.company | default: 'x' | escape }}",
        "{% if subscriber.city != blank %}{{ subscriber.city | escape }}{% endif %}",
        "{% if subscriber.city == nil %}x{% else %}{{ subscriber.city | escape }}{% endif %}",
        "{% unless subscriber.city == '' %}{{ subscriber.city | escape }}{% endunless %}",
        "{% if subscriber.city == 'Oslo' %}{{ subscriber.city | escape }}{% endif %}",
        "{% if subscriber.city contains 'o' and subscriber.company != blank %}"
        "{{ subscriber.city | append: subscriber.company | escape }}{% endif %}",
        "{% case subscriber.city %}{% when 'Oslo' %}{{ subscriber.city | escape }}{% endcase %}",
        "{% assign a = subscriber.city | default: 'x' | escape %}{{ a }}",
        "{% assign a = subscriber.city | strip %}{% if a != '' %}{{ subscriber.city | escape }}{% endif %}",
        "{% if subscriber.city != blank %}{% assign a = subscriber.city %}{% else %}"
        "{% assign a = 'x' %}{% endif %}{{ a | escape }}",
        "{% capture a %}Hi {{ subscriber.city | escape }}{% endcapture %}{{ a }}",
        f"{{{{ {CART}.items[0].title | escape }}}}",
        f"{{% for item in {CART}.items %}}{{{{ item.title | escape }}}}{{% endfor %}}",
    ],
)
def test_a_default_or_a_condition_is_enough(html: str) -> None:
    assert codes(guarded(html)) == []


def test_a_flag_says_what_its_condition_said() -> None:
    template = guarded(
        "{% assign flag = '' %}{% if subscriber.city != blank %}{% assign flag = '1' %}{% endif %}"
        "{% if flag != '' %}{{ subscriber.city | escape }}{% endif %}"
    )
    assert codes(template) == []
    assert "liquid-default" in codes(template.replace("flag = ''", "flag = '2'"))


def test_other_data_of_the_event_is_an_info() -> None:
    assert infos(f"{GUARD}{{{{ {CART}.checkout_url | escape }}}}{{% endif %}}") == [
        "liquid-default"
    ]


@pytest.mark.parametrize(
    ("template", "expected"),
    [
        ("{% if subscriber.city != blank %}x{% endif %}", ["liquid-preview"]),
        ("{% if subscriber.city != blank %}x{% else %}y{% endif %}", []),
        ("{% if subscriber.city == blank %}x{% endif %}", []),
        (guarded("{{ subscriber.city | escape }}"), ["liquid-preview"]),
        (
            guarded("{{ subscriber.city | escape }}{{ subscriber.city | escape }}"),
            ["liquid-preview"],
        ),
        (guarded("{{ subscriber.city | default: 'x' | escape }}"), []),
        (
            "{% if subscriber.city != blank %}x{{ subscriber.company | escape }}{% endif %}",
            ["liquid-preview"],
        ),
    ],
)
def test_what_the_preview_leaves_empty_is_an_info(template: str, expected: list[str]) -> None:
    assert infos(template) == expected


def test_an_empty_text_is_true() -> None:
    template = "{% if subscriber.city %}x{% else %}y{% endif %}"
    assert infos(template) == ["liquid-truth"]
    template = (
        f"{{% assign a = subscriber.city | strip %}}{template.replace('subscriber.city', 'a')}"
    )
    assert codes(template) == ["liquid-truth"]
    assert codes(template.replace("if a", "if a != ''")) == []


def test_the_block_of_an_account_that_has_the_field_is_clean() -> None:
    template = "{% if subscriber.compny != blank %}x{% else %}y{% endif %}"
    assert codes(template) == ["liquid-variable"]
    assert codes(template, Knowledge(custom_fields=["compny"])) == []
    assert KNOWN.custom_fields is not None
