import datetime
import unicodedata
from collections import Counter

import numpy as np
import pytest
from babel import Locale

from cs231n_rnn.data.dates import (
    FIRST,
    FORMATS,
    LANGUAGES,
    LAST,
    days_of_part,
    draw_dates,
    write_date,
    write_iso,
)

# Nothing here depends on the strings of one version of the CLDR.


@pytest.fixture
def rng():
    return np.random.default_rng(1)


def test_there_are_enough_languages_and_scripts(rng):
    assert len(LANGUAGES) >= 12
    assert {"ko", "fr", "de", "en"} <= set(LANGUAGES)
    pairs = draw_dates(2000, rng)
    letters = {char for p in pairs for char in p.source[1:] if char.isalpha()}
    scripts = {unicodedata.name(char).split()[0] for char in letters}
    assert {"LATIN", "CYRILLIC", "GREEK", "HEBREW", "GEORGIAN", "HANGUL", "CJK"} <= scripts


def test_every_language_and_format_has_its_share(rng):
    pairs = draw_dates(6000, rng)
    for found, all_of_them in (("language", LANGUAGES), ("format", FORMATS)):
        counts = Counter(getattr(pair, found) for pair in pairs)
        assert set(counts) == set(all_of_them)
        assert min(counts.values()) > 0.7 * 6000 / len(all_of_them)


def test_the_same_seed_gives_the_same_dates():
    one, same, other = (draw_dates(50, np.random.default_rng(seed)) for seed in (1, 1, 2))
    assert one == same != other


def test_the_source_begins_with_the_sign_of_its_language(rng):
    for pair in draw_dates(100, rng):
        assert pair.source[0] == f"<{pair.language}>"
        assert all(len(char) == 1 for char in pair.source[1:] + pair.target)


def test_the_target_is_iso_8601_and_means_the_source(rng):
    for pair in draw_dates(500, rng):
        when = datetime.datetime.fromisoformat("".join(pair.target))
        assert FIRST <= when.date() <= LAST
        assert "".join(pair.source[1:]) == write_date(when, pair.format, pair.language)


@pytest.mark.parametrize(
    ("time", "written"),
    [("", "2021-09-03"), ("short", "2021-09-03T14:05"), ("medium", "2021-09-03T14:05:09")],
)
def test_iso_8601_has_the_precision_of_the_time(time, written):
    assert write_iso(datetime.datetime(2021, 9, 3, 14, 5, 9), time) == written


def test_a_date_without_and_with_a_time_is_what_babel_writes():
    from babel.dates import format_date, format_datetime, format_time

    when = datetime.datetime(2021, 9, 3, 14, 5, 9)
    for language in LANGUAGES:
        assert write_date(when, "long", language) == format_date(when, "long", locale=language)
        expected = format_datetime(when, "medium", locale=language)
        assert write_date(when, "medium medium", language) == expected
        clock = format_time(when, "short", locale=language)
        assert clock in write_date(when, "full short", language)


def test_held_out_dates_never_occur_in_training(rng):
    days = set(days_of_part(True).tolist())
    for held_out in (False, True):
        for pair in draw_dates(1000, rng, held_out=held_out):
            when = datetime.datetime.fromisoformat("".join(pair.target))
            assert (when.toordinal() in days) == held_out


def test_a_tenth_of_all_days_is_held_out_at_any_season():
    days = days_of_part(True)
    assert 0.09 < len(days) / (LAST.toordinal() - FIRST.toordinal() + 1) < 0.11
    months = Counter(datetime.date.fromordinal(int(day)).month for day in days)
    assert min(months.values()) > 200
    np.testing.assert_array_equal(days, days_of_part(True))


def test_formats_and_languages_are_those_asked_for(rng):
    pairs = draw_dates(100, rng, languages=["fr", "en_GB"], formats=["full short"])
    assert {p.language for p in pairs} == {"fr", "en_GB"}
    assert {p.format for p in pairs} == {"full short"}
    assert all(len(p.target) == len("2021-09-03T14:05") for p in pairs)


def test_the_target_may_be_another_language(rng):
    for target in ("fr", "ko"):
        same = np.random.default_rng(7), np.random.default_rng(7)
        into_iso, translated = (draw_dates(50, same[0]), draw_dates(50, same[1], target=target))
        for iso, pair in zip(into_iso, translated, strict=True):
            when = datetime.datetime.fromisoformat("".join(iso.target))
            written = write_date(when, f"long {iso.format.partition(' ')[2]}".strip(), target)
            assert (pair.source, "".join(pair.target)) == (iso.source, written)


@pytest.mark.parametrize("name", ["klingon", "xx", "", "e n", "fr_XX_YY_ZZ", "<en>", None])
def test_an_unknown_locale_is_refused_by_name_with_known_ones(rng, name):
    with pytest.raises(ValueError, match=r"the locale .* is unknown; among the \d+") as refusal:
        draw_dates(3, rng, languages=["en", name])
    assert repr(name) in str(refusal.value)
    named = str(refusal.value).rpartition("knows are ")[2].split(", ")
    assert all(Locale.parse(known) for known in named)
    with pytest.raises(ValueError, match="the locale 'yy' is unknown"):
        draw_dates(3, rng, target="yy")


def test_what_else_does_not_fit_is_refused_by_name(rng):
    with pytest.raises(ValueError, match="the format 'tiny' is unknown; known are short, medium"):
        draw_dates(3, rng, formats=["tiny"])
    with pytest.raises(ValueError, match=r"languages is \[\]; draw_dates needs a list"):
        draw_dates(3, rng, languages=[])
    with pytest.raises(ValueError, match="languages is 'en'; draw_dates needs a list"):
        draw_dates(3, rng, languages="en")
    with pytest.raises(ValueError, match="formats is 'short'"):
        draw_dates(3, rng, formats="short")
