"""Search fields: ranking, typing errors, labels, and drafts that are opened again."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.search import found, index_of, labels

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
LONG = "The very long story of how a small harbour town learned to write letters to itself"

some_text = st.text(max_size=30)
some_titles = st.lists(
    st.one_of(
        some_text, st.sampled_from(["News", "news", "News (2)", "NEWS", "", LONG, LONG + "!"])
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


class TestTypingErrors:
    @pytest.mark.parametrize(
        ("typed", "title"),
        [
            ("wrok", "Work"),
            ("owrk", "Work"),
            ("xork", "Work"),
            ("wok", None),
            ("teh harbour", "The harbour"),
            ("hte", "The harbour"),
            ("fro you", "For you"),
            ("aaa", None),
            ("worrk", "Work"),
            ("newslter", "My newsletter"),
            ("nwesletetr", "My newsletter"),
            ("ewsletters", "Newsletters"),
            ("enwslteter", "Newsletter"),
            ("nesletr", None),
            ("harbuor li", "Harbour Lights"),
            ("ligths hrabour", "Harbour Lights"),
            ("harbxxr", None),
            ("form my desk", "From my desk"),
            ("кофк", "Кофе"),
            ("issue 1243", None),
            ("wrok wrxk", None),
            ("zzzz", None),
            ("qwertyuiop", None),
            ("harb zzzz", None),
        ],
    )
    def test_a_few_are_forgiven(self, typed: str, title: str | None) -> None:
        assert found(typed, "Issue 1234", title or "Work, newsletter, harbour") == (
            [title] if title else []
        )

    def test_what_is_typed_right_comes_first(self) -> None:
        assert found("form", "From me", "A form", "Fork", "Platform") == [
            "A form",
            "Platform",
            "From me",
            "Fork",
        ]

    def test_fewer_errors_come_first(self) -> None:
        expected = ["Confrence", "Conferense", "Confidence"]

        assert found("conference", "Confidence", "Confrence", "Conferense") == expected

    def test_they_are_not_looked_for_when_the_list_is_full(self) -> None:
        titles = ["From me", *(f"Form {n}" for n in range(MAX_OPTIONS))]

        assert "From me" not in found("form", *titles)
        assert "From me" in found("form", *titles[:-1])

    @given(st.data())
    def test_any_single_one_is_forgiven(self, data: st.DataObject) -> None:
        letters = st.sampled_from("abcdeé")
        title = data.draw(st.text(letters, min_size=5, max_size=12))
        at = data.draw(st.integers(0, len(title) - 2))
        wrong = data.draw(letters)
        typed = data.draw(
            st.sampled_from(
                [
                    title[:at] + wrong + title[at + 1 :],
                    title[:at] + wrong + title[at:],
                    title[:at] + title[at + 1 :],
                    title[:at] + title[at + 1] + title[at] + title[at + 2 :],
                ]
            )
        )
        others = data.draw(st.lists(st.text(letters, max_size=12), max_size=10))

        assert title in found(typed, *others, title)
        assert f"{title}end" in found(typed, *others, f"{title}end")


class TestLabels:
    def test_equal_titles_are_told_apart_by_their_date_and_then_by_number(self) -> None:
        same = [
            Candidate("News", "1", "3 May 2024"),
            Candidate("News", "2", "2 May 2024"),
            Candidate("News", "3", "2 May 2024"),
            Candidate("News", "4"),
            Candidate("Other", "5", "2 May 2024"),
        ]

        assert labels(OptionIndex(same)) == [
            "News · 3 May 2024",
            "News · 2 May 2024",
            "News · 2 May 2024 (2)",
            "News",
            "Other",
        ]

    @pytest.mark.parametrize("twin", ["news", "NEWS ", "Ne\u200bws", "Néws", "N\u0065ws"])
    def test_titles_that_look_alike_are_told_apart_too(self, twin: str) -> None:
        index = OptionIndex([Candidate("News", "a", "3 May"), Candidate(twin, "b", "2 May")])

        assert [label[-5:] for label in labels(index)] == ["3 May", "2 May"]

    def test_a_number_that_is_part_of_a_title_is_passed_over(self) -> None:
        assert labels(index_of(["News", "News", "News (2)", "News"])) == [
            "News",
            "News (3)",
            "News (2)",
            "News (4)",
        ]

    def test_a_date_that_is_part_of_a_title_is_passed_over(self) -> None:
        assert labels(index_of(["News", "News · 2 May", "News"], "2 May")) == [
            "News · 2 May (2)",
            "News · 2 May",
            "News · 2 May (3)",
        ]

    def test_a_label_is_the_same_in_a_list_and_in_a_restored_draft(self) -> None:
        same = [Candidate("News", "1", "3 May 2024"), Candidate("News", "2", "2 May 2024")]

        assert OptionIndex(same).search(SearchQuery("2", ("2",))) == [
            Option("News · 2 May 2024", "2")
        ]

    def test_they_are_short_and_never_empty(self) -> None:
        shown = labels(index_of(["word " * 60, " ", "", "\u0301", "\ufffd"]))

        assert shown[0].endswith("word…")
        assert len(shown[0]) <= 80
        assert shown[1:] == ["Untitled", "Untitled (2)", "Untitled (3)", "Untitled (4)"]

    def test_a_post_without_a_title_is_found_by_its_label(self) -> None:
        assert labels(index_of(["News", "\u200d"]), "untit") == ["Untitled"]

    def test_long_titles_that_are_cut_to_the_same_words_are_told_apart(self) -> None:
        shown = labels(index_of([f"{LONG} {n}" for n in range(MAX_OPTIONS)], "30 September 2024"))

        assert len(set(shown)) == MAX_OPTIONS
        assert max(map(len, shown)) <= 80
        assert all("· 30 September 2024" in label for label in shown)

    @given(some_titles, st.sampled_from([None, "2 May 2024", "2" * 100, "\u200b"]))
    def test_no_two_are_equal_and_none_is_long(self, titles: list[str], detail: str | None) -> None:
        shown = labels(index_of(titles, detail))

        assert len({label.casefold().strip() for label in shown}) == len(titles)
        assert all(0 < len(label) <= 80 for label in shown)

    @given(some_titles, some_text)
    def test_they_do_not_depend_on_the_query(self, titles: list[str], text: str) -> None:
        index = index_of(titles)
        everything = {option.value: option for option in index.search(SearchQuery(""))}

        for option in index.search(SearchQuery(text, (text,))):
            assert option == everything[option.value]
            assert index.search(SearchQuery(option.value, (option.value,))) == [option]


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
    def test_whatever_is_typed_is_answered_alike_by_equal_indexes(
        self, titles: list[str], text: str
    ) -> None:
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
