"""Which letters a search regards as the same, and which not: query, title."""

import pytest
from support.blocks.search import found, index_of, labels

SAME = [
    # Arabic script: tatweel, alef forms, yeh, kaf, heh, hamza, points, presentation forms, digits
    ("مكتبة", "مـــكـــتـــبـــة"),
    ("مـــكـــتـــبـــة", "مكتبة"),
    ("احمد", "أحمد"),
    ("إسلام", "اسلام"),
    ("اخر", "آخر"),
    ("ٱلله", "الله"),
    ("علي", "على"),
    ("مكتبه", "مكتبة"),
    ("مسوول", "مسؤول"),
    ("السلام", "السَّلَامُ عليكم"),
    ("هذا", "هٰذا"),
    ("یک", "كتاب يك"),
    ("کتاب", "كتاب"),
    ("كتاب", "کتاب"),
    ("گرامی", "گرامي"),
    ("ہم", "هم"),
    ("می‌خواهم", "میخواهم"),
    ("لا", "ﻻ"),
    ("١٤٠٣", "سال 1403"),
    ("۱۴۰۳", "سال ١٤٠٣"),
    ("1403", "سال ۱۴۰۳"),
    # Hebrew script: points, final letters, marks of abbreviations, Yiddish digraphs
    ("שלום", "שָׁלוֹם"),
    ("כתפ", "כתף"),
    ('צה"ל', "צה״ל"),
    ("ג'ירפה", "ג׳ירפה"),
    ("ייד", "ײד"),
    # Japanese and Chinese: kana, widths, composition, variants of the same ideograph
    ("がっつ", "ガッツ"),
    ("ガッツ", "がっつ"),
    ("ガッツ", "ｶﾞｯﾂ"),
    ("ｶﾞｯﾂ", "がっつ"),
    ("がっつ", "カ\u3099ッツ"),
    ("こーひー", "コーヒー"),
    ("コーヒー", "ｺｰﾋｰ"),
    ("ゔぁいおりん", "ヴァイオリン"),
    ("いすヾ", "いすゞ"),
    ("葛城", "葛\U000e0100城"),
    ("福", "福"),
    # Indic scripts: nukta, digits, composition
    ("कलम", "क़लम"),
    ("क़लम", "कलम"),
    ("जमीन", "ज़मीन"),
    ("लडका", "लड़का"),
    ("२०२४", "2024"),
    ("য\u09bc", "\u09df"),
    # Thai: composition, digits
    ("น\u0e49\u0e4d\u0e32", "น\u0e49\u0e33"),
    ("๒๕๖๗", "2567"),
    # Korean: syllables and their letters, while they are typed too
    ("한글", "\u1112\u1161\u11ab\u1100\u1173\u11af"),
    ("\u1112\u1161\u11ab\u1100\u1173\u11af", "한글"),
    ("하", "한글"),
    ("ㅎ", "한글"),
    # Cyrillic: yo, stress, composition
    ("еще", "ещё"),
    ("ЁЛКА", "елка"),
    ("замок", "за\u0301мок"),
    ("мой", "мои\u0306"),
    ("п'ять", "п’ять"),
    ("пʼять", "п'ять"),
    # Greek: accents, the final sigma
    ("σοφος", "ΣΟΦΌΣ"),
    ("ΟΔΟΣ", "οδός"),
    ("οδοσ", "οδός"),
    # Latin: case, accents, strokes, ligatures, the letters of mathematics and of badges
    ("ISTANBUL", "İstanbul"),
    ("ISPARTA", "ısparta"),
    ("STRAẞE", "strasse"),
    ("strasse", "Straße"),
    ("da lat", "Đà Lạt"),
    ("tieng viet", "Tiếng Việt"),
    ("lodz", "Łódź"),
    ("smorrebrod", "Smørrebrød"),
    ("aeroskobing", "Ærøskøbing"),
    ("oeuvre", "Œuvre"),
    ("thorr", "Þórr"),
    ("fine", "ﬁne"),
    ("fine", "𝐟𝐢𝐧𝐞"),
    ("kit", "Ｋｉｔ"),
    ("kit", "ⓚⓘⓣ"),
    # Signs: apostrophes, dashes, quotes
    ("rock'n'roll", "rock´n’roll"),
    ("don't", "donʼt"),
    ("o'ahu", "Oʻahu"),
    ("a-b", "a–b"),
    ("a-b", "a‑b"),
    ('"hello"', "„hello“"),
    ('"hello"', "«hello»"),
    # What shows nothing: format characters, joiners, variation selectors
    ("soft", "so\u00adft"),
    ("word", "wo\u200brd"),
    ("word", "wo\u2060rd"),
    ("word", "wo\u034frd"),
    ("❤", "❤\ufe0f"),
    ("❤\ufe0f", "❤"),
    ("1", "1\ufe0f\u20e3"),
]
OTHER = [
    # Kana: voicing, and small letters
    ("はす", "バス"),
    ("ハス", "パス"),
    ("か", "が"),
    ("が", "か"),
    ("つ", "ッ"),
    # Cyrillic letters that only look like another with an accent
    ("мои", "мой"),
    ("мой", "мои"),
    ("іжа", "їжа"),
    ("уж", "ўж"),
    ("гаю", "ґаю"),
    # Hebrew, Arabic and Persian letters that look alike
    ("נ", "ג"),
    ("כ", "ב"),
    ("كل", "گل"),
    ("پ", "ب"),
    ("چ", "ج"),
    ("مے", "می"),
    # Indic vowels, and consonants without one
    ("कि", "कु"),
    ("कम", "क्म"),
    ("কি", "কু"),
    ("\u09af\u09bc", "\u09af"),
    # Thai vowels and tones
    ("ปู", "ปา"),
    ("ปู", "ป"),
    ("ไม่", "ไม้"),
    # Korean
    ("한", "학"),
    # Han
    ("己", "已"),
    ("本", "木"),
    # Latin
    ("o", "q"),
    ("l", "1"),
]


@pytest.mark.parametrize(("typed", "title"), SAME)
def test_what_a_script_regards_as_the_same_letter_is_found(typed: str, title: str) -> None:
    assert found(typed, "Something else", title) == [title]


@pytest.mark.parametrize(("typed", "title"), SAME)
def test_a_label_is_the_title_as_it_was_written(typed: str, title: str) -> None:
    assert labels(index_of([title]), typed) == [title]


@pytest.mark.parametrize(("typed", "title"), OTHER)
def test_another_letter_is_not_found(typed: str, title: str) -> None:
    assert found(typed, title) == []


@pytest.mark.parametrize(
    ("typed", "title"),
    [
        ("がっすをたべる", "ガッツヲタベル"),
        ("еще рза", "Ещё раз"),
        ("مكبتة", "مـكـتـبـة"),
        ("한긇", "한글"),
    ],
)
def test_typing_errors_are_forgiven_in_every_script(typed: str, title: str) -> None:
    assert found(typed, "Something else", title) == [title]
