"""Whatever an author writes with the helpers: what is not refused is harmless, for any data."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.blocks.personal import filled, sent, templates

from plugin_server.errors import BlockRefused
from plugin_server.rendering.placeholders import PlaceholderMisuse
from plugin_server.rendering.renderer import Renderer
from plugin_server.testing.html_judge import judge

FIELDS = st.sampled_from(
    ['"subscriber.a"', '"subscriber.b"', "field", '"event.checkout_url"', '"event.customer.city"']
)
ATOMS = st.one_of(
    st.builds("{}({})".format, st.sampled_from(["has", "lacks", "has_url"]), FIELDS),
    FIELDS.map("equals({}, words)".format),
)
CONDITIONS = st.recursive(
    ATOMS,
    lambda inner: st.builds(
        lambda name, parts: f"{name}({', '.join(parts)})",
        st.sampled_from(["all_of", "any_of"]),
        st.lists(inner, min_size=1, max_size=3),
    ),
    max_leaves=4,
)
TABLE = '<table role="presentation"><tbody>{}<tr><td>{}</td></tr></tbody></table>'
LEAVES = st.one_of(
    FIELDS.map("{{{{ words }}}}{{{{ personal({}, default=words) }}}}".format),
    FIELDS.map("{{{{ personal({}) }}}}".format),
    FIELDS.map('<img src="https://a.example/" alt="u{{{{ personal({}, default=words) }}}}">'.format),
    FIELDS.map('<a href="{{{{ with_personal(url, "q", {}) }}}}" target="_blank">a</a>'.format),
    # Tags that are not closed or not opened, values where none may stand, and halves of url( and Liquid.
    st.sampled_from(
        [
            *("u", "url", "(", "rl(", " ", "x}", '{{ "{" }}', "<b>", "</b>", "<p>", "</p>", "<br>", "</div>"),
            *('<p class="{{ personal(field, default=words) }}">a</p>', "{{ otherwise() }}", "{{ words }}"),
            *('<a href="https://a.example/" target="_blank">', "</a>"),
        ]
    ),
)  # fmt: skip


def _around(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    several = st.lists(inner, max_size=3).map("".join)
    return st.one_of(
        st.builds("{{% call when({}) %}}{}{{% endcall %}}".format, CONDITIONS, several),
        st.builds(
            "{{% call when({}) %}}{}{{{{ otherwise() }}}}{}{{% endcall %}}".format,
            *(CONDITIONS, several, several),
        ),
        st.builds(
            '{{% call(item) each("event.items", limit=2) %}}{}{{{{ personal(item.title, default="t") }}}}{}'
            "{{% endcall %}}".format,
            *(several, several),
        ),
        several.map(
            '{{% call when(has_url("event.checkout_url")) %}}<a href="{{{{ personal_url("event.checkout_url")'
            ' }}}}" target="_blank">{}</a>{{% endcall %}}'.format
        ),
        st.builds("<{0}>{1}</{0}>".format, st.sampled_from(["p", "b", "div", "span"]), several),
        st.builds(TABLE.format, several, several),
    )


TEMPLATES = st.lists(st.recursive(LEAVES, _around, max_leaves=8), max_size=3).map("".join)
WORDS = st.sampled_from(
    ["plain", "{", "}", "u", "url", "(x)", "rl(x)", "l(", "%}", "<b>", "{{ x }}"]
)
VALUES = st.sampled_from(
    [
        *("{{ x }}", "{", "}", "{%", "%}", "url", "ur", "u", "(", "rl(", "l(", "<b>", "\"'>", "</div>", ""),
        *("\u202e", "\x00x", "ok", None, 7, ["{{"], {"a": 1}, "javascript:x"),
        *('https://ok.example/?a="{{', "https://u@x.example/", "https://ok.example"),
    ]
)  # fmt: skip
SUBSCRIBERS = st.fixed_dictionaries({}, optional=dict.fromkeys(("a", "b", "company"), VALUES))
EVENTS = st.fixed_dictionaries(
    {},
    optional={
        "checkout_url": VALUES,
        "customer": st.fixed_dictionaries({"city": VALUES}),
        "items": st.lists(st.fixed_dictionaries({"title": VALUES}), max_size=3),
    },
)


@pytest.mark.slow
@given(TEMPLATES, WORDS, st.lists(st.tuples(SUBSCRIBERS, EVENTS), min_size=4, max_size=4))
@settings(max_examples=200, deadline=None)
def test_what_is_not_refused_is_harmless(
    source: str, words: str, whom: list[tuple[object, object]]
) -> None:
    everybody = 'any_of(has("subscriber.a"), lacks("subscriber.a"))'
    template = f"{{% call when({everybody}) %}}<div>{source}</div>{{% endcall %}}"
    with templates({"blocks/trial.html": template}):
        try:
            html = filled(Renderer(megabytes=1), words=words)
        except (BlockRefused, PlaceholderMisuse):
            return
    for subscriber, event in whom:
        if block := sent(html, subscriber, event):
            assert judge(block) == []
