"""The search index: stored values, the order of options, punctuation, and texts of any kind."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.blocks.search import found, index_of, labels, some_candidates, some_text, some_titles

from plugin_server.blocks.base import Option, SearchQuery
from plugin_server.blocks.search import MAX_OPTIONS, Candidate, OptionIndex

POSTS = [
    Candidate("Brew better coffee", "1", "3 May 2024"),
    Candidate("Éclairs at home", "2", "2 May 2024"),
    Candidate("Home-made bread", "3", "1 May 2024"),
    Candidate("Coffee at home", "4", "30 April 2024"),
    Candidate("Decaf coffeehouse", "5", "29 April 2024"),
    Candidate("Hotcoffee", "6", "28 April 2024"),
]


def values(text: str, *stored: str) -> list[str]:
    return [
        option.value for option in OptionIndex(POSTS).search(SearchQuery(text, stored or (text,)))
    ]


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("", ["1", "2", "3", "4", "5", "6"]),
        ("   ", ["1", "2", "3", "4", "5", "6"]),
        ("nothing of the kind", []),
        ("coffee", ["4", "1", "5", "6"]),
        ("COFFEE at", ["4"]),
        ("eclair", ["2"]),
        ("éclair", ["2"]),
        ("home", ["3", "2", "4"]),
        ("(", []),
        (".*", []),
        ("x" * 10_000, []),
    ],
)
def test_titles_are_found_in_the_order_of_their_fit(typed: str, expected: list[str]) -> None:
    assert values(typed) == expected


def test_an_account_without_titles_has_nothing_to_find() -> None:
    index = OptionIndex([])

    assert index.search(SearchQuery("")) == index.search(SearchQuery("coffee", ("coffee",))) == []


class TestStoredValues:
    def test_one_gives_exactly_its_option(self) -> None:
        assert values("4") == ["4"]

    def test_several_give_theirs_once_and_in_their_order(self) -> None:
        assert values("", "4", "2", "4", "99") == ["4", "2"]

    @pytest.mark.parametrize("stored", [("99",), ("99", "98"), ("", "99")])
    def test_those_that_are_gone_give_nothing(self, stored: tuple[str, ...]) -> None:
        assert values("", *stored) == []

    def test_more_than_a_list_can_show_are_cut(self) -> None:
        many = [Candidate("Post", f"v{n}") for n in range(80)]
        options = OptionIndex(many).search(SearchQuery("", tuple(f"v{n}" for n in range(80))))

        assert [option.value for option in options] == [f"v{n}" for n in range(MAX_OPTIONS)]

    def test_a_value_that_comes_twice_is_offered_once(self) -> None:
        index = OptionIndex([Candidate("New title", "1"), Candidate("Old title", "1")])

        assert index.search(SearchQuery("title")) == [Option("New title", "1")]


class TestOrder:
    def test_the_closer_to_what_was_typed_the_earlier(self) -> None:
        expected = ["Arts", "Arts of old", "My arts", "Artsy things", "My artsy", "Darts", "Art"]

        assert found("arts", *reversed(expected)) == expected

    def test_words_in_any_order_come_after_the_phrase(self) -> None:
        expected = [
            "Home coffee",
            "The home coffee",
            "Coffee at home",
            "Home coffeehouse",
            "Hotcoffee from rehomed cats",
            "Hoem coffee",
        ]

        assert found("home coffee", *reversed(expected)) == expected

    @pytest.mark.parametrize("typed", ["issue", "issu", "is", "ssue", "isuse", "letter issue"])
    def test_equally_good_ones_are_the_newest_first(self, typed: str) -> None:
        titles = [f"Issue {number} of my letter" for number in range(300, 0, -1)]

        assert found(typed, *titles) == titles[:MAX_OPTIONS]

    def test_the_whole_title_is_found_among_many_that_begin_with_it(self) -> None:
        assert found("art", *(f"Article {n}" for n in range(200)), "Art")[0] == "Art"

    def test_a_whole_account_is_searched(self) -> None:
        titles = [f"Letter {n}" for n in range(20_000)]

        assert found("knots", *titles, "The one about knots") == ["The one about knots"]

    def test_rare_words_are_found_behind_many_common_ones(self) -> None:
        titles = [f"Letter {'ab'[n % 2]}{n}" for n in range(1_000)] + ["Letter of the harbour"]

        assert found("letter harb", *titles) == ["Letter of the harbour"]
        assert found("lett a b", *titles, "b a letter")[0] == "b a letter"


class TestWriting:
    @pytest.mark.parametrize(
        ("typed", "title"),
        [
            ("dont", "Don't panic"),
            ("don’t", "Don't panic"),
            ("dont p", "Don’t panic"),
            ("cafe", "At the Café"),
            ("CAFÉ", "cafe"),
            ("e-mail", "Email tips"),
            ("email", "E-mail tips"),
            ("e mail tips", "E-mail tips"),
            ("home made", "Home-made bread"),
            ("home-made", "Home made bread"),
            ("made", "Home-made bread"),
            ("c++", "C++ for poets"),
            ("r&d", "On R&D"),
            ("rd", "On R&D"),
            ("$5", "Lunch for $5"),
            ("☕", "☕☕"),
            ("❤", "❤️"),
            ("👩‍🚀", "👩‍🚀 in space"),
            ("?!", "?!?!"),
            ("straße", "STRASSE"),
            ("strasse", "Straße"),
            ("istanbul", "İstanbul"),
            ("ISPARTA", "ısparta"),
            ("malmo", "Malmö"),
            ("lodz", "Łódź"),
            ("smorrebrod", "Smørrebrød"),
            ("ПРИВ", "Добрый привет"),
            ("σοφος", "ΣΟΦΌΣ"),
            ("咖啡", "我喜欢咖啡馆"),
            ("がっこう", "小さながっこう"),
            ("한글", "아름다운 한글"),
            ("ﬁne", "Fine"),
            ("السلام", "السَّلَامُ عليكم"),
            ("हिन्दी", "नमस्ते हिन्दी"),
            ("two  lines", "Two\nlines"),
            ("soft", "so\u00adft"),
        ],
    )
    def test_case_accents_and_punctuation_do_not_count(self, typed: str, title: str) -> None:
        assert found(typed, "Something else", title) == [title]

    def test_symbols_that_were_typed_come_first(self) -> None:
        titles = [*(f"Cats {n}" for n in range(100)), "C++ for poets"]

        assert found("C++", *titles)[0] == "C++ for poets"

    def test_vowel_signs_are_letters(self) -> None:
        assert found("कि", "कुताब", "किताब") == ["किताब"]


class TestAnyText:
    def test_no_more_options_than_a_list_can_show(self) -> None:
        many = index_of([f"Post {n}" for n in range(500)])

        for text in ("", "post", "p", "o", "post 1", "psot"):
            assert len(labels(many, text)) == MAX_OPTIONS

    @pytest.mark.parametrize(
        "text",
        [
            "\0",
            "\ud800",
            "a\0b",
            "[a-z]+(",
            "\\",
            "\n \n",
            "a" * 100_000,
            "a " * 50_000,
            "́" * 100_000,
            " " * 100_000 + "x",
            "ﷺ" * 1_000,
            "x.y-" * 1_000,
        ],
    )
    def test_strange_text_is_harmless_on_either_side(self, text: str) -> None:
        index = index_of([text, "Something else", text])

        assert len(labels(index)) == 3
        assert len(labels(index, text)) <= 3
        assert labels(index, "something") == ["Something else"]

    @given(some_titles, some_text)
    def test_equal_indexes_return_the_same_options(self, titles: list[str], text: str) -> None:
        query = SearchQuery(text, (text,))
        options = index_of(titles).search(query)

        assert options == index_of(titles).search(query)
        assert len({option.value for option in options}) == len(options) <= MAX_OPTIONS

    @given(some_titles, st.data())
    def test_a_title_is_found_by_itself_and_by_its_beginning(
        self, titles: list[str], data: st.DataObject
    ) -> None:
        title = data.draw(st.sampled_from(titles or ["x"]))
        index = index_of([*titles, title])
        beginning = title[: data.draw(st.integers(0, len(title)))]

        for text in (title, beginning):
            options = index.search(SearchQuery(text))
            shows = any(c.isalnum() for c in text)
            assert not shows or f"v{len(titles)}" in {option.value for option in options}

    @given(st.lists(st.text("abcé -'&1", min_size=1, max_size=20), min_size=1, max_size=12))
    def test_a_title_of_any_signs_is_found_by_itself(self, titles: list[str]) -> None:
        for title in filter(str.strip, titles):
            assert title in found(title, *titles)

    @given(some_candidates, some_text)
    def test_options_are_few_different_and_the_same_each_time(
        self, candidates: list[Candidate], text: str
    ) -> None:
        index = OptionIndex(candidates)
        options = index.search(SearchQuery(text, (text,)))
        every = {option.value: option.label for option in index.search(SearchQuery(""))}

        assert len(options) <= MAX_OPTIONS
        assert len(set(every.values())) == len(every)
        assert all(every[option.value] == option.label for option in options)

    @given(some_candidates, some_text)
    def test_details_that_come_later_are_as_good_as_those_from_the_beginning(
        self, candidates: list[Candidate], text: str
    ) -> None:
        details = {each.value: each.detail for each in reversed(candidates)}
        bare = OptionIndex(Candidate(each.title, each.value) for each in candidates)
        before = bare.search(SearchQuery(""))
        late = bare.with_details(details.get)

        for query in (SearchQuery(""), SearchQuery(text, (text,))):
            assert late.search(query) == OptionIndex(candidates).search(query)
        assert bare.search(SearchQuery("")) == before
        if not bare.has_equal_titles:
            assert late.search(SearchQuery("")) == before
