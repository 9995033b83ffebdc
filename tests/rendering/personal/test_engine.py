"""The engine that blocks are judged with is bounded, whatever a template requires of it."""

import pytest
from support.blocks.personal import EVERYTHING, filled, templates

from plugin_server.rendering.personal.engine import UnusableLiquid, parse, render

ITEMS = {"items": [*range(50)]}
LONG = "x" * 1000


@pytest.mark.parametrize(
    ("template", "reason"),
    [
        ("{% for a in items %}{% for b in items %}{% endfor %}{% endfor %}", "LoopIterationLimit"),
        (f"{{% for a in items %}}{LONG * 10}{{% endfor %}}", "OutputStreamLimit"),
        (
            '{% assign a = "xxxxxxxxxx" %}' + "{% assign a = a | append: a %}" * 20,
            "LocalNamespaceLimit",
        ),
        ("{% if items %}" * 30 + "{% endif %}" * 30, "BlockNesting"),
        ("{% capture a %}{% endcapture %}", "Syntax"),
        ("{{ items | sort }}", "UnknownFilter"),
    ],
)
def test_what_requires_too_much_is_refused(template: str, reason: str) -> None:
    with pytest.raises(UnusableLiquid, match=reason):
        render(parse(template), ITEMS)


@pytest.mark.parametrize(
    "template",
    ["{{ a }}", "{% if a %}{% endif %}", "{% for b in items %}{% endfor %}", "{% assign b = a %}"],
)
def test_what_takes_too_long_is_refused(template: str) -> None:
    with pytest.raises(UnusableLiquid, match="TimeLimitError"):
        render(parse(template), {**ITEMS, "a": 1}, seconds=0)


def test_a_template_without_end_is_ended() -> None:
    loop = (
        "{% for a in items %}" + '{% assign b = long | replace: "x", "y" %}' * 500 + "{% endfor %}"
    )
    with pytest.raises(UnusableLiquid, match="TimeLimitError"):
        render(parse(loop), {**ITEMS, "long": LONG}, seconds=0.02)


def test_every_form_of_blocks_is_within_the_limits() -> None:
    with templates({"blocks/trial.html": EVERYTHING}):
        assert "Ada" in render(parse(filled()), {"subscriber": {"first_name": "Ada"}})
