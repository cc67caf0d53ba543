"""Numbers, days and times in English words, which is how values reach the core whatever the caller's language.

Values inside the product are canonical strings: a day is 2026-11-24, a time 15:30, a telephone number its digits.
"""

import re
from collections.abc import Iterator
from datetime import date, time, timedelta

from shared.core.languages import english
from shared.core.words import words_of

_TOKEN = re.compile(r"\d+|[a-z']+|[:/.@-]")


def digits_of(text: str) -> str:
    """The digits in `text`, typed or spoken: "four one five, double oh" -> 41500, "forty one fifty" -> 4150."""
    words = words_of(text)
    numbers = dict(_numbers(words))
    out: list[str] = []
    repeat = 1
    for i, word in enumerate(words):
        if word in english.REPEATS:
            repeat = english.REPEATS[word]
            continue
        found = word if word.isdecimal() else english.DIGIT_WORDS.get(word) if i not in numbers else str(numbers[i])
        if found is not None and not (word in english.UNITS and i not in numbers):
            out.append(found * repeat)
        repeat = 1
    return "".join(out)


def number_of(text: str) -> int | None:
    """The first number in `text`: "12", "twenty four", "the third", "two lakh fifty thousand"."""
    words = words_of(text)
    numbers = dict(_numbers(words))
    whole, part, open_part = 0, 0, True
    for i, word in enumerate(words):
        scale = english.SCALES.get(word, 1)
        if i in numbers and not open_part:
            break
        if i in numbers:
            part, open_part = part + numbers[i], False
        elif scale == 100:
            part, open_part = part * scale, True
        elif scale > 1:
            whole, part, open_part = whole + part * scale, 0, True
    return whole + part if numbers else None


def day_of(text: str, today: date) -> date | None:
    """The day meant by `text`, today or later: a weekday, a date with or without month, "tomorrow", "in two weeks"."""
    iso = re.search(r"\b(\d{4})-(\d\d)-(\d\d)\b", text)
    if iso:
        return _date(int(iso[1]), int(iso[2]), int(iso[3]))
    words = words_of(re.sub(r"(\d+)(st|nd|rd|th)\b", r"\1", text.lower()))
    if any(word in english.MONTHS for word in words):
        return _month_day(words, today)
    return _relative_day(words, today) or _weekday(words, today) or _day_only(words, today)


def day_is_open(text: str) -> bool:
    """Whether `text` ends with a weekday, without a date: "Tuesday" may be all, or the beginning of one."""
    words = words_of(text)
    dated = any(word[0].isdecimal() or word in english.ORDINALS or word in english.UNITS for word in words)
    return not dated and words[-1:] != [] and words[-1] in english.WEEKDAYS


def times_of(text: str) -> list[time]:
    """Every time of day `text` may mean, likeliest first: "three" is 15:00 or 03:00, "3 pm" only 15:00."""
    text = text.lower().replace("a.m.", "am").replace("p.m.", "pm").replace("o'clock", "")
    words = [word for word in _TOKEN.findall(text) if word not in "/.@-"]
    if {"noon", "midday"} & set(words):
        return [time(12)]
    if "midnight" in words:
        return [time(0)]
    clock = _clock(words)
    if clock is None:
        return []
    hour, minute = clock
    half = _half(words, hour)
    if hour > 12 or hour == 0:
        return [time(hour % 24, minute)]
    if half is not None:
        return [time(hour % 12 + (12 if half == "pm" else 0), minute)]
    morning, afternoon = time(hour % 12, minute), time(hour % 12 + 12, minute)
    return [morning, afternoon] if 7 <= hour <= 11 else [afternoon, morning]


def _numbers(words: list[str]) -> Iterator[tuple[int, int]]:
    """(index of the first word, value) of every number, tens joined with units."""
    skip = False
    for i, word in enumerate(words):
        if skip:
            skip = False
        elif word.isdecimal():
            yield i, int(word)
        elif word in english.TENS:
            unit = words[i + 1] if i + 1 < len(words) else ""
            low = english.UNITS.get(unit) or english.ORDINALS.get(unit) or 0
            skip = 0 < low < 10
            yield i, english.TENS[word] + (low if skip else 0)
        elif word in english.UNITS or word in english.ORDINALS:
            yield i, english.UNITS.get(word, english.ORDINALS.get(word, 0))


def _date(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _relative_day(words: list[str], today: date) -> date | None:
    text = " ".join(words)
    if "day after tomorrow" in text:
        return today + timedelta(days=2)
    if "tomorrow" in words:
        return today + timedelta(days=1)
    match = re.search(r"\b(?:in )?(\w+) (day|week)s?(?: from (?:now|today))?\b", text)
    if match and ("in " in match[0] or "from" in match[0]):
        count = 1 if match[1] in {"a", "one"} else number_of(match[1])
        if count is not None and count <= 52:
            return today + timedelta(days=count * (7 if match[2] == "week" else 1))
    return today if {"today", "tonight"} & set(words) else None


def _month_day(words: list[str], today: date) -> date | None:
    numbers = dict(_numbers(words))
    for i, word in enumerate(words):
        month = english.MONTHS.get(word)
        if month is None:
            continue
        after = [numbers[j] for j in (i + 1, i + 2) if j in numbers]
        before = [numbers[j] for j in (i - 1, i - 2, i - 3) if j in numbers]
        for day in after + before:
            found = _date(today.year, month, day)
            if found is not None:
                return found if found >= today else _date(today.year + 1, month, day)
    return None


def _weekday(words: list[str], today: date) -> date | None:
    for i, word in enumerate(words):
        weekday = english.WEEKDAYS.get(word.removesuffix("s") if word not in english.WEEKDAYS else word)
        if weekday is None:
            continue
        ahead = (weekday - today.weekday()) % 7 or 7
        this_week = today.weekday() + ahead < 7
        if i and words[i - 1] == "next" and this_week:
            ahead += 7
        return today + timedelta(days=ahead)
    return None


def _day_only(words: list[str], today: date) -> date | None:
    day = next((value for _, value in _numbers(words)), None)
    if day is None or not 1 <= day <= 31 or _half(words, day):
        return None
    found = _date(today.year, today.month, day)
    if found is None or found < today:
        year, month = (today.year + 1, 1) if today.month == 12 else (today.year, today.month + 1)
        found = _date(year, month, day)
    return found


def _half(words: list[str], hour: int) -> str | None:
    """Which half of the day is meant, am or pm; of a night that is the one before midnight or the one after."""
    if "night" in words:
        return "am" if hour == 12 or hour < 5 else "pm"
    if ({"pm", "tonight", "p"} | english.AFTERNOON) & set(words):
        return "pm"
    return "am" if ({"am"} | english.MORNING) & set(words) else None


def _clock(words: list[str]) -> tuple[int, int] | None:
    text = " ".join(words)
    for lead, minutes in (("half past ", 30), ("quarter past ", 15), ("quarter after ", 15)):
        if lead in text:
            hour = number_of(text.split(lead, 1)[1])
            return (hour, minutes) if hour is not None and hour < 24 else None
    if "quarter to " in text:
        hour = number_of(text.split("quarter to ", 1)[1])
        return ((hour - 1) % 12 or 12, 45) if hour is not None and hour <= 24 else None
    found = [value for _, value in _numbers(words)]
    if not found:
        return None
    hour = found[0]
    minute = found[1] if len(found) > 1 and found[1] < 60 else 0
    if hour >= 100 and len(found) == 1:
        hour, minute = divmod(hour, 100)
    return (hour, minute) if hour < 24 and minute < 60 else None
