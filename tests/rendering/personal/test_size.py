"""A dynamic block is small as sent, too: a loop repeats what creators type."""

from collections.abc import Callable

import pytest
from support.blocks.personal import filled, sent

from plugin_server.errors import BlockRefused
from plugin_server.rendering.gate import MAX_BYTES
from plugin_server.rendering.renderer import Renderer

LOOP = """{{% call when(has("event.items")) %}}<div>{{% call(item) each("event.items", limit=50) %}}
{}{{% endcall %}}</div>{{% endcall %}}"""
TEXT = "<p>{{ words }}</p>"
# Of 50 texts with their paragraphs, the longest.
LONGEST = MAX_BYTES // 50 - len("<p></p>") - 1


def renderers() -> list[Renderer]:
    """Return one that knows the look of a block already, and one that does not."""
    known = Renderer(megabytes=1)
    filled(known, words="short")
    return [known, Renderer(megabytes=1)]


Refusal = Callable[[Renderer, str], str]


@pytest.fixture
def refusal(caplog: pytest.LogCaptureFixture) -> Refusal:
    """A function that returns why a filling with these words is refused, as the log says."""

    def refuse(renderer: Renderer, words: str) -> str:
        caplog.clear()
        with pytest.raises(BlockRefused):
            filled(renderer, words=words)
        return caplog.messages[-1]

    return refuse


@pytest.mark.parametrize("words", ["x" * (LONGEST + 1), "\u05d0" * (LONGEST // 2 + 1)])
def test_what_a_loop_makes_too_large_is_refused_at_every_filling(
    words: str, template: Callable[[str], None], refusal: Refusal
) -> None:
    template(LOOP.format(TEXT))
    for renderer in renderers():
        assert "size: over 40000 bytes as sent, with lists as long as" in refusal(renderer, words)


def test_what_is_within_the_size_is_sent_with_the_longest_list(
    template: Callable[[str], None],
) -> None:
    template(LOOP.format(TEXT))
    for renderer in renderers():
        # The gate's own margin: line breaks between the elements.
        html = filled(renderer, words="x" * (LONGEST - 20))
        size = len(sent(html, event={"items": [{}] * 60}))
        assert MAX_BYTES * 0.95 < size <= MAX_BYTES


@pytest.mark.parametrize(
    "inside",
    [
        f"{{% call when(lacks(item.title)) %}}{TEXT}{{{{ otherwise() }}}}<p>short</p>{{% endcall %}}",
        f"{{% call when(has(item.title)) %}}<p>short</p>{{{{ otherwise() }}}}{TEXT}{{% endcall %}}",
        f'{{% call when(all_of(has(item.title), equals(item.url, "x"))) %}}{TEXT}{{% endcall %}}',
    ],
)
def test_what_few_items_show_is_not_counted_for_all(
    inside: str, template: Callable[[str], None]
) -> None:
    template(LOOP.format(inside))
    for renderer in renderers():
        filled(renderer, words="x" * (LONGEST + 100))


def test_a_list_in_an_item_repeats_too(template: Callable[[str], None], refusal: Refusal) -> None:
    template(LOOP.format("{% call(tag) each(item.tags) %}" + TEXT + "{% endcall %}"))
    for renderer in renderers():
        filled(renderer, words="x" * (LONGEST // 2 - 20))
        assert "size: " in refusal(renderer, "x" * (LONGEST // 2 + 10))
