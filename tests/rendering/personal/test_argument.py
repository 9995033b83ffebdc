"""The safety argument of dynamic blocks: each part of it is removed, and what is then unsafe is refused."""

import re
from collections.abc import Callable, Sequence

import pytest
from support.blocks.personal import EVERYTHING, filled

from plugin_server.rendering.personal.conditions import Has, HasUrl, Literal
from plugin_server.rendering.personal.engine import UnusableLiquid, parse
from plugin_server.rendering.personal.fields import Field
from plugin_server.rendering.personal.judging import judge
from plugin_server.rendering.personal.liquid_code import CLEANING, Code, Quoted
from plugin_server.rendering.personal.marks import (
    EndWhen,
    Mark,
    Otherwise,
    PersonalText,
    PersonalUrl,
    When,
)
from plugin_server.rendering.personal.personal_block import PersonalBlock
from plugin_server.rendering.placeholders import Bindings, PlaceholderMisuse
from plugin_server.rendering.prepared_block import Blank, UnsafeFilling
from plugin_server.rendering.renderer import Renderer

BINDINGS = Bindings(str)
NAME = Field("subscriber.name", "subscriber.name")
CLEANED = "".join(f' | replace: "{old}", "{new}"' for old, new in CLEANING)
FORM = (
    f"subscriber.name | truncate: 300 | strip | url_encode{CLEANED} | url_decode | strip | escape"
)
START = When(BINDINGS, Has(NAME))
VALUE = PersonalText(BINDINGS, NAME, None)
ELSE, END = Otherwise(BINDINGS, "otherwise()"), EndWhen(BINDINGS, "when()")


def block(
    form: str = FORM,
    *,
    before: str = "<div>",
    after: str = "</div>",
    value: Mark = VALUE,
    printed: str = "{{ kb_1 }}",
    other: Sequence[str | Blank | tuple[Mark, Code]] = (),
) -> PersonalBlock:
    """Return a block that shows a value, cleaned by a chain of filters."""
    start = f'{{% assign kb_1 = {form} %}}{{% if kb_1 != "" %}}'
    of = When(BINDINGS, HasUrl(value.field)) if isinstance(value, PersonalUrl) else START
    return PersonalBlock(
        [
            "",
            (of, (start,)),
            before,
            (value, (printed,)),
            after,
            *other,
            (END, ("{% endif %}",)),
            "",
        ]
    )


def judged(prepared: PersonalBlock, *values: str) -> list[str]:
    html = prepared.fill(values)
    return [each.message for each in judge(prepared, html, values, None)]


def test_the_form_that_is_changed_below_is_the_one_that_is_written(
    template: Callable[[str], None],
) -> None:
    template("""{% call when(has("subscriber.name")) %}
<div>{{ personal("subscriber.name") }}</div>{% endcall %}""")
    assert " ".join(filled().split()).startswith(f"{{% assign kb_1 = {FORM} %}}")
    assert judged(block()) == []


@pytest.mark.parametrize("dropped", [pair for pair in CLEANING if pair[1] != "+"], ids=str)
def test_each_replacement_is_needed(dropped: tuple[str, str]) -> None:
    old, new = dropped
    form = FORM.replace(f' | replace: "{old}", "{new}"', "")
    assert form != FORM
    [found] = {
        re.sub(r"^as sent to a subscriber [^,]*, ", "", each) for each in judged(block(form))[:1]
    }
    assert found.startswith("it breaks the rule ")


@pytest.mark.parametrize(
    "form",
    [
        "subscriber.name",
        "subscriber.name | escape",
        FORM.removesuffix(" | escape"),
        FORM.replace(" | url_encode", "").replace(" | url_decode", ""),
        "subscriber.name | escape | url_encode | url_decode",
    ],
)
def test_each_filter_is_needed(form: str) -> None:
    assert judged(block(form))


def test_a_block_that_values_make_too_large_is_refused() -> None:
    text = f"<div>{'a ' * 10_000}"
    assert judged(block(before=text, printed="{{ kb_1 }} " * 10)) == []
    [found] = judged(block(before=text, printed="{{ kb_1 }} " * 100))
    assert "over 40000 bytes" in found


@pytest.mark.parametrize(
    ("before", "after", "printed"),
    [
        ('<p style="color:', '">a</p>', "{{ kb_1 }}"),
        ('<p class="', '">a</p>', "{{ kb_1 }}"),
        ("<", ">a</p>", "{{ kb_1 }}"),
        ("<!-- ", " --><p>a</p>", "{{ kb_1 }}"),
        ("<style>", "</style>", "{{ kb_1 }}"),
        ('<a target="_blank" href="', '">a</a>', "{{ kb_1 }}"),
        ("<p dir=", ">a</p>", "{{ kb_1 }}"),
        ("<table><tbody>", "</tbody></table>", "{{ kb_1 }}"),
    ],
)
def test_a_value_stands_nowhere_else(before: str, after: str, printed: str) -> None:
    assert judged(block(before=f"<div>{before}", after=f"{after}</div>", printed=printed))


@pytest.mark.parametrize(
    "form",
    [
        "subscriber.name",
        "subscriber.name | escape",
        "subscriber.name | url_encode",
        'subscriber.name | replace: "javascript:", ""',
    ],
)
def test_a_url_is_put_together_of_harmless_parts(form: str) -> None:
    url = PersonalUrl(BINDINGS, NAME)
    found = judged(
        block(form, before='<div><a target="_blank" href="', after='">a</a></div>', value=url)
    )
    assert "as sent to a subscriber" in found[0]


@pytest.mark.parametrize(
    ("before", "after", "other"),
    [
        ("<div>", "", "</div>"),
        ("<div>", "</div></div>", "<div>"),
        ("<div>", "</div>", "<div><p></div>"),
        ("<div>", "</div>", "<div>a</div><div>b</div>"),
        ("<div>", "</div>", "text"),
        ("<div>", "</div>", "<script>a</script>"),
        ("<div>", "</div>", '<div><a href="javascript:x" target="_blank">a</a></div>'),
    ],
)
def test_each_branch_is_judged(before: str, after: str, other: str) -> None:
    assert judged(block(before=before, after=after, other=[(ELSE, ("{% else %}",)), other]))


@pytest.mark.parametrize(
    "code",
    [
        "{% if kb_1 %}",
        "{{ kb_1",
        "{% endfor %}",
        "{% render 'x' %}",
        "{{ 'now' | date: '%s' }}",
        "{{ kb_1 | newline_to_br }}",
        "{% capture x %}{% endcapture %}",
        "{% for i in (1..9999999) %}<b>{{ i }}</b>{% endfor %}",
        "{% raw %}",
    ],
)
def test_no_other_liquid_is_rendered(code: str) -> None:
    assert judged(block(printed=code))


@pytest.mark.parametrize("code", ["{{ x", "{% if %}", "{% unknown %}"])
def test_liquid_that_cannot_be_parsed_is_refused(code: str) -> None:
    with pytest.raises(UnusableLiquid):
        parse(code)


@pytest.mark.parametrize("value", ['"', "{{ x }}", "%}", "a\nb", "\u05e9", "</div>", "'"])
def test_a_text_cannot_leave_its_quotes(value: str) -> None:
    for is_small in (True, False):
        quoted = Quoted(Literal(None, 0, tuple(range(value.count("\n") + 1))), is_small)
        start = (f'{{% assign kb_1 = {FORM} | default: "', quoted, '" %}{% if kb_1 != "" %}')
        prepared = PersonalBlock(
            [(START, start), "<p>", (VALUE, ("{{ kb_1 }}",)), "</p>", (END, ("{% endif %}",))]
        )
        assert judged(prepared, value) == []
        assert re.search(r'default: "[A-Za-z0-9_.~+%-]+" %', prepared.fill([value]))


@pytest.mark.parametrize("is_printed", [True, False])
def test_a_default_is_cleaned_as_a_value_is(is_printed: bool) -> None:
    default = Quoted(Literal(None, 0, (0,)), is_printed=is_printed)
    start = ('{% assign kb_1d = "', default, '" | url_decode | escape %}{% if kb_1d != "" %}')
    prepared = PersonalBlock(
        [(START, start), "<p>u", (VALUE, ("{{ kb_1d }}",)), "</p>", (END, ("{% endif %}",))]
    )
    for text in ("{{ x }}", "{% x", "x }}", "rl(x)"):
        assert (judged(prepared, text) == []) is is_printed


def test_liquid_of_anything_else_is_refused_at_every_filling() -> None:
    for pieces in (["{{ x }}"], ["{% x"], ["{", Blank(0, 0, ""), "{"], ["a }} b"]):
        prepared = block(other=[*pieces])
        with pytest.raises(UnsafeFilling):
            prepared.fill(["" if len(pieces) > 1 else "x"])


@pytest.mark.parametrize("words", ["{{ x }}", "{", "}", "{%", "%}", "}}", "{% raw %}"])
def test_texts_beside_liquid_do_not_change_it(words: str, template: Callable[[str], None]) -> None:
    template(EVERYTHING)
    assert liquid_of(filled(words=words)) == liquid_of(filled(words="x"))


def liquid_of(html: str) -> list[str]:
    """Return the Liquid of a block in order, with the same text in all quotes of defaults."""
    tags = re.findall(r"\{[{%].*?[}%]\}", html, re.DOTALL)
    return [" ".join(re.sub(r'(?:d =|default:)\s"[^"]*"', "", each).split()) for each in tags]


@pytest.mark.parametrize("beside", ["{{ '{' }}{}", "{}{{ '}' }}", "&#123;{}"])
def test_no_brace_of_a_template_stands_beside_liquid(
    beside: str, template: Callable[[str], None]
) -> None:
    printed = '{{ personal("subscriber.name", default="x") }}'
    template(
        '{% call when(has("subscriber.name")) %}\n<p>'
        + beside.replace("{}", printed)
        + "</p>\n{% endcall %}"
    )
    with pytest.raises(PlaceholderMisuse, match="beside a brace"):
        filled(Renderer(megabytes=1))


def test_control_characters_of_values_do_not_stand_for_liquid() -> None:
    prepared = block(other=["<p>", Blank(0, 0, ""), "</p>"])
    assert "<p></p>" in prepared.fill(["\x1a\x1a"])
