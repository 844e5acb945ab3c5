"""Dates and times as people write them in many languages, and what they mean in ISO 8601.

The patterns are those of the Unicode CLDR, which Babel brings along; they change a little with its
version. Each day belongs to training or is held out, so no held-out date occurs in training in
any language; a format can be held out as well.
"""

from __future__ import annotations

import datetime
import difflib
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from babel import Locale, UnknownLocaleError, localedata
from babel.dates import format_date, format_time, get_datetime_format

# Latin, Cyrillic, Greek, Hebrew and Georgian letters, Hangul, and Chinese characters.
LANGUAGES = (
    *("en", "de", "fr", "es", "it", "nl", "pl", "tr"),
    *("ru", "el", "he", "ka", "ko", "ja", "zh"),
)
STYLES = "short", "medium", "long", "full"
# A style of the date, and one of the time where there is one: "full short" is a full date with a
# short time. Longer times would name a time zone.
FORMATS = tuple(f"{date}{time}" for time in ("", " short", " medium") for date in STYLES)
# A hundred years: two digits of a year are enough.
FIRST, LAST = datetime.date(1970, 1, 1), datetime.date(2069, 12, 31)
HELD_OUT_SHARE = 0.1


class DatePair(NamedTuple):
    """A date as it is written in a language, and its translation.

    Attributes
    ----------
    source : list of str
        The sign of the language, ``<fr>`` say, then one character after the other.
    target : list of str
        Characters.
    language, format : str
    """

    source: list[str]
    target: list[str]
    language: str
    format: str


def draw_dates(
    num: int,
    rng: np.random.Generator,
    *,
    held_out: bool = False,
    languages: Sequence[str] = LANGUAGES,
    formats: Sequence[str] = FORMATS,
    target: str = "iso",
) -> list[DatePair]:
    """Draw dates, each with a language and a format.

    Parameters
    ----------
    num : int
    rng : numpy.random.Generator
    held_out : bool
        Whether to draw from the tenth of all days that training never sees, or from the others.
        Which days those are depends on nothing else.
    languages : sequence of str
        Locales of the CLDR, such as ``fr``, ``en_GB`` or ``zh_Hant``.
    formats : sequence of str
        Some of ``FORMATS``.
    target : str
        ``iso``, or a locale, in which the date is then written long. A time keeps its style.

    Returns
    -------
    list of num DatePair

    Raises
    ------
    ValueError
        If a locale or a format is unknown, or there is none; the message names it, and what is
        known.
    """
    _require_some("languages", languages)
    _require_some("formats", formats)
    locales = {name: _require_locale(name) for name in languages}
    into = None if target == "iso" else _require_locale(target)
    for name in formats:
        if name not in FORMATS:
            raise ValueError(f"the format {name!r} is unknown; known are {', '.join(FORMATS)}")
    days = days_of_part(held_out)
    pairs = []
    for _ in range(num):
        day = datetime.date.fromordinal(int(rng.choice(days)))
        seconds = datetime.timedelta(seconds=int(rng.integers(24 * 60 * 60)))
        when = datetime.datetime.combine(day, datetime.time()) + seconds
        language = languages[int(rng.integers(len(languages)))]
        format = formats[int(rng.integers(len(formats)))]
        written = write_date(when, format, locales[language])
        time = _styles(format)[1]
        translated = write_iso(when, time) if into is None else _write(when, "long", time, into)
        pairs.append(DatePair([f"<{language}>", *written], list(translated), language, format))
    return pairs


def days_of_part(held_out: bool) -> np.ndarray:
    """Ordinals (``datetime.date.toordinal``) of the days that training sees, or never sees."""
    days = np.arange(FIRST.toordinal(), LAST.toordinal() + 1)
    # A generator of its own: training and test sets drawn anywhere agree on the days.
    drawn = np.random.default_rng(231).random(len(days)) < HELD_OUT_SHARE
    return days[drawn == held_out]


def write_date(when: datetime.datetime, format: str, locale: str | Locale) -> str:
    """A date, and a time where the format has one, as the locale writes it."""
    return _write(when, *_styles(format), locale)


def write_iso(when: datetime.datetime, time: str = "") -> str:
    """ISO 8601: the date alone, or with a short (minutes) or medium (seconds) time after a T."""
    timespec = {"": "", "short": "minutes", "medium": "seconds"}[time]
    return when.isoformat(timespec=timespec) if timespec else when.date().isoformat()


def _styles(format: str) -> tuple[Any, Any]:
    date, _, time = format.partition(" ")
    return date, time


def _write(when: datetime.datetime, date: Any, time: Any, locale: str | Locale) -> str:
    written = format_date(when, date, locale=locale)
    if not time:
        return written
    # The locale says in which order the two stand; the quotes are around literal letters.
    pattern = str(get_datetime_format(date, locale=locale)).replace("'", "")
    clock = format_time(when, time, locale=locale)
    return pattern.replace("{0}", clock).replace("{1}", written)


def _require_locale(name: str) -> Locale:
    known = localedata.locale_identifiers()
    try:
        return Locale.parse(name)
    except (UnknownLocaleError, ValueError, TypeError):
        near = difflib.get_close_matches(str(name), known, n=5, cutoff=0.5)
        raise ValueError(
            f"the locale {name!r} is unknown; among the {len(known)} that Babel knows are "
            f"{', '.join(near or LANGUAGES)}"
        ) from None


def _require_some(name: str, values: Sequence[str]) -> None:
    if isinstance(values, str) or not len(values):
        raise ValueError(f"{name} is {values!r}; draw_dates needs a list of one or more")
