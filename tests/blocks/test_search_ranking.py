"""Ranking: which of more titles than a list can show come first."""

import pytest
from support.blocks.search import found, index_of

from plugin_server.blocks.base import SearchQuery
from plugin_server.blocks.search import MAX_OPTIONS


def numbered(pattern: str, count: int = 250) -> list[str]:
    """Return as many titles, the highest number first, as the newest post is."""
    return [pattern.format(number) for number in range(count, 0, -1)]


EPISODES = [f"Episode {n}: talk with guest {chr(65 + n % 26)}" for n in range(250, 0, -1)]
FIRST = EPISODES[-1]


@pytest.mark.parametrize(
    "typed",
    [
        "episode 1",
        "Episode 1",
        "EPISODE 1: TALK",
        "episode 01",
        "episode #1",
        "episode 1 gue",
        "ep 1",
        "ep. 1",
        "1 ep",
        "isode 1",
        "talk 1",
        "guest b 1",
        "epsiode 1",
        "episode 1 tlak",
        "episode1",
        "#1",
        "1",
        "01",
        "episode ١",
        "episode １",
    ],
)
def test_a_number_is_found_among_longer_ones_that_begin_with_it(typed: str) -> None:
    assert found(typed, *EPISODES)[0] == FIRST


@pytest.mark.parametrize(
    ("typed", "others", "title"),
    [
        ("episode 25", numbered("Episode 25{}: talk"), "Episode 25: talk"),
        ("part 2", numbered("Part 2{}"), "Knots, part 2: the end"),
        ("week 10", numbered("Week 10{}"), "The end of week 10"),
        ("2024", numbered("2024{} letters"), "The year 2024"),
        ("2024", numbered("2024-05-{} notes"), "The year 2024"),
        ("lesson 1", numbered("Lesson 1.{}: knots"), "Lesson 1: knots"),
        ("level 1", numbered("Level 1-{}: knots"), "Level 1: knots"),
        ("level 1-2", numbered("Level 1-2{}: knots"), "Level 1-2: knots"),
        ("v1.2", numbered("v1.2{} is out"), "v1.2 is out"),
        ("1.2", numbered("Version 12{}"), "Version v1.2: what is new"),
        ("q1 review", numbered("Q1{} review"), "Review of Q1"),
        ("#1", numbered("Issue #1{}: knots"), "Issue #1: knots"),
        ("$5", numbered("$5{} for lunch"), "Lunch for $5"),
        ("1000", numbered("1000{} readers"), "My first 1,000 readers"),
        ("1,000", numbered("1000{} readers"), "My first 1000 readers"),
        ("7", numbered("7{} ways"), "Agent 007"),
        ("s1e5", numbered("S1E5{}"), "S01E05"),
        ("1st step", numbered("1st steps {}"), "The 1st step"),
        ("4", numbered("4{}th letter"), "The 4th letter"),
        ("chapter 1", numbered("Chapter 1{}a"), "Chapter 1a"),
        ("3d", numbered("3{}d printing"), "Printing in 3D"),
        ("s01 e10", numbered("S01E10{}"), "S01E10: the end"),
        ("5 k", numbered("5{}k runs"), "A run of 5K"),
        ("第1話", numbered("第1{}話 旅"), "第1話 旅"),
        ("第1", numbered("第1{}話 旅"), "第1話 旅"),
        ("제1", numbered("제1{}화"), "제1화 시작"),
        (
            "١",
            numbered("1{} رسالة"),
            "رسالة 1",
        ),
        ("art", numbered("Article {}"), "Modern art"),
        ("art and", numbered("Article {} and more"), "Craft and modern art"),
        ("art an des", numbered("Article {} and desks"), "Desk and other art, and more art"),
        ("form", numbered("Formal letter {}"), "Fill in the form"),
        ("c++", numbered("C {} for poets"), "Learn C++: the basics"),
        ("r&d", numbered("R & d {}"), "Our R&D, explained"),
        ("e-mail", numbered("Email {}"), "About e-mail"),
        ("the art of", numbered("The artful office {}"), "Of art and the sea"),
    ],
)
def test_whole_words_and_numbers_come_before_what_only_begins_so(
    typed: str, others: list[str], title: str
) -> None:
    offered = found(typed, *others, title)

    assert offered[0] == title
    assert len(offered) <= MAX_OPTIONS


@pytest.mark.parametrize(
    ("typed", "titles"),
    [
        ("1.5", ["1.5 ways", "The 1.5 way", "1.57 ways"]),
        ("15", ["15 ways", "1.5 ways"]),
        ("911", ["Call 911", "9/11"]),
        ("24/7", ["24/7", "24-7"]),
        ("20", ["Over 20", "2024 in letters", "120 days"]),
        ("0", ["0 to 1", "Episode 01", "10 ways"]),
        ("007", ["007 returns", "Agent 7"]),
    ],
)
def test_equal_numbers_come_before_longer_ones_and_those_before_parts(
    typed: str, titles: list[str]
) -> None:
    assert found(typed, *reversed(titles)) == titles


@pytest.mark.parametrize(("typed", "title"), [("1.5", "15 ways"), ("mp3", "Simple 3 steps")])
def test_other_numbers_are_not_found(typed: str, title: str) -> None:
    assert found(typed, title) == []


# Titles, and others that are better by any measure but that of being the same.
EXACT = [
    ("Resumé", ["Resume"] * 60),
    ("Resumé", ["RESUMÉ", *["Resume"] * 60]),
    ("News", ["NEWS"] * 60),
    ("C", ["C++"] * 60),
    ("C++", ["C"] * 60),
    ("Ç", ["C!"] * 60),
    ("Art", numbered("Art {}")),
    ("1", numbered("1 {}")),
    ("a", numbered("A {}")),
    ("?", ["?!"] * 60),
    ("本", numbered("本 {}")),
    ("ガッツ", ["がっつ"] * 60),
    ("Episode 01", ["Episode 1"] * 60),
    ("Episode 1.05", ["Episode 1.5"] * 60),
    ("f642", numbered("f642 {}")),
]


@pytest.mark.parametrize(("title", "others"), EXACT)
def test_an_exact_title_is_always_first(title: str, others: list[str]) -> None:
    assert found(title, *others, title)[0] == title


@pytest.mark.parametrize(("title", "others"), EXACT)
def test_exact_titles_that_occur_twice_are_both_first(title: str, others: list[str]) -> None:
    assert found(title, title, *others, title)[:2] == [title, title]


@pytest.mark.parametrize(
    ("typed", "title", "other"),
    [
        ("resumé", "Resumé", "Resume"),
        ("NEWS!", "News!", "News?"),
        ("čeština", "Čeština", "Cestina"),
        ("c++", "C++", "C"),
    ],
)
def test_a_title_that_is_exact_but_for_its_case_is_first_of_those_that_look_alike(
    typed: str, title: str, other: str
) -> None:
    assert found(typed, *[other] * 60, title)[0] == title
    assert found(typed, *[other] * 60, title, typed)[:2] == [typed, title]


@pytest.mark.parametrize(
    ("typed", "title"),
    [
        ("the ART of cálm", "The art of calm"),
        ("كتاب", "کتاب"),
        ("letter 050", "Letter 50"),
        ("don't", "Don’t"),
        ("第1話", "第１話"),
    ],
)
def test_so_is_one_that_is_exact_once_it_is_folded(typed: str, title: str) -> None:
    assert found(typed, *numbered(f"{title} {{}}"), title)[0] == title


def test_an_exact_title_is_first_among_50_000() -> None:
    titles = ["a", "本", "Letter", "Letter 4", "Letter 4000: the"]
    index = index_of([*(f"Letter {n}: the 本 a" for n in range(50_000)), *titles])

    for title in titles:
        assert index.search(SearchQuery(title, (title,)))[0].label == title


@pytest.mark.parametrize("typed", ["letter", "lett", "letter 1", "ltter"])
def test_equally_good_ones_are_the_newest_first(typed: str) -> None:
    titles = numbered("Letter 1: no {} of many", 300)

    assert found(typed, *titles) == titles[:MAX_OPTIONS]
