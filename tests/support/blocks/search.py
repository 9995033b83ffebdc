"""Searches as the editor sends them, and titles for them, some of which look alike."""

from collections.abc import Sequence

from hypothesis import strategies as st

from plugin_server.blocks.base import SearchQuery
from plugin_server.blocks.search import Candidate, OptionIndex

LONG_TITLE = "The very long story of how a small harbour town learned to write letters to itself"

some_text = st.text(max_size=30)
some_titles = st.lists(
    st.one_of(
        some_text,
        st.sampled_from(["News", "news", "News (2)", "NEWS", "", LONG_TITLE, LONG_TITLE + "!"]),
    ),
    max_size=30,
)
some_candidates = st.lists(
    st.builds(
        Candidate,
        st.one_of(some_text, st.sampled_from(["a", "A", "á", " ", "a (2)", "a b", "ﬃ", "İ", "ß"])),
        st.text(max_size=8),
        st.sampled_from([None, "1 May", "2 May"]),
    ),
    max_size=12,
)


def index_of(titles: Sequence[str], detail: str | None = None) -> OptionIndex:
    """Return an index in which a title's value is its place; not a number, which could be typed."""
    return OptionIndex(Candidate(title, f"v{n}", detail) for n, title in enumerate(titles))


def labels(index: OptionIndex, text: str = "") -> list[str]:
    return [option.label for option in index.search(SearchQuery(text, (text,)))]


def found(text: str, *titles: str) -> list[str]:
    """Return which of some titles are found, in which order."""
    options = index_of(titles).search(SearchQuery(text, (text,)))
    return [titles[int(option.value[1:])] for option in options]
