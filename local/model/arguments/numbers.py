"""Numbers as people say them: amounts, ordinals, and digits read one by one."""

from local.model.words import Span, Utterance

_UNITS = dict(zip("zero one two three four five six seven eight nine".split(), range(10), strict=True))
_TEENS = dict(
    zip(
        "ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen".split(),
        range(10, 20),
        strict=True,
    )
)
_TENS = dict(zip("twenty thirty forty fifty sixty seventy eighty ninety".split(), range(20, 100, 10), strict=True))
_SCALES = {"hundred": 100, "thousand": 1000, "million": 1_000_000}
_SMALL = _UNITS | _TEENS | _TENS
_DIGITS = {word: str(value) for word, value in _UNITS.items()} | dict.fromkeys(("oh", "o", "nought", "naught"), "0")
_HOMOPHONES = {"to": "2", "too": "2", "for": "4", "won": "1", "ate": "8", "tree": "3", "fife": "5", "niner": "9"}
_JOINING = frozenset("then and dash hyphen the rest is it's".split())
_REPEATS = {"double": 2, "triple": 3, "treble": 3}
_ROUNDED = {"couple": 2, "dozen": 12, "half dozen": 6, "single": 1, "pair": 2}

UNIT = "|".join(list(_UNITS)[1:])
CARDINAL = rf"(?:(?:{'|'.join(_TENS)})(?: (?:{UNIT}))?|{'|'.join(_TEENS)}|{UNIT})"
_NTH = "first|second|third|fourth|fifth|sixth|seventh|eighth|ninth"
ORDINAL = (
    rf"(?:(?:twenty|thirty) (?:{_NTH})|{_NTH}|tenth|eleventh|twelfth|thirteenth|fourteenth|fifteenth|sixteenth"
    r"|seventeenth|eighteenth|nineteenth|twentieth|thirtieth|\d{1,2} (?:st|nd|rd|th))"
)


def is_number_word(word: str) -> bool:
    """Whether `word` can stand in a spoken number."""
    return word in _SMALL or word in _DIGITS or word in _SCALES or word[:1].isdecimal()


def written_out(words: list[str]) -> list[str]:
    """The words with numbers in digits: ["brown", "forty", "two"] -> ["brown", "42"]."""
    written, at = [], 0
    while at < len(words):
        digits, end = _run(words, at)
        written.append(digits or words[at])
        at = max(end, at + 1)
    return written


def amount(words: list[str], at: int) -> tuple[float, int] | None:
    """The number that starts at word `at`, and the word after it: "two hundred and five" -> (205, 4)."""
    if words[at].replace(",", "").replace(".", "", 1).isdecimal():
        number, end = float(words[at].replace(",", "")), at + 1
        while end < len(words) and words[end] in _SCALES:
            number, end = number * _SCALES[words[end]], end + 1
        return number, end
    total, current, end = 0, 0, at
    while end < len(words):
        word = words[end]
        if word in _SMALL and _joins(current, _SMALL[word]):
            current += _SMALL[word]
        elif word in _SCALES and (current or (end == at + 1 and words[at] == "a")):
            total, current = _scale(total, current or 1, _SCALES[word])
        elif not (word == "a" and end == at) and not (word == "and" and _continues(words, end)):
            break
        end += 1
    while end > at and words[end - 1] in ("and", "a"):
        end -= 1
    return (float(total + current), end) if end > at else None


def _joins(current: int, value: int) -> bool:
    last = current % 100
    return current == 0 or last == 0 or (last >= 20 and last % 10 == 0 and 0 < value < 10)


def _scale(total: int, current: int, scale: int) -> tuple[int, int]:
    return (total, current * scale) if scale == 100 else (total + current * scale, 0)


def _continues(words: list[str], at: int) -> bool:
    return words[at - 1] in _SCALES and at + 1 < len(words) and words[at + 1] in _SMALL


def find_amounts(said: Utterance) -> list[Span]:
    """Every number said as an amount, in order; "a couple" is 2, "a dozen" 12."""
    words, spans, at = said.texts(), [], 0
    while at < len(words):
        found = amount(words, at)
        if found is None and words[at] in _ROUNDED:
            found = (float(_ROUNDED[words[at]]), at + 1)
        if found is None:
            at += 1
            continue
        spans.append(Span(at, found[1], found[0]))
        at = found[1]
    return spans


def find_digits(said: Utterance, shortest: int, joined: bool = False) -> list[Span]:
    """Runs of at least `shortest` digits read out: "double five oh, forty two" -> "550" + "42" = "55042".

    With `joined`, runs go on over small words: "four one five, then five five five" is one.
    """
    words, at = said.texts(), 0
    spans: list[Span] = []
    while at < len(words):
        digits, end = _run(words, at)
        last = spans[-1] if spans else None
        if digits and joined and last and set(words[last.end : at]) <= _JOINING:
            spans[-1] = Span(last.start, end, f"{last.value}{digits}")
        elif digits:
            spans.append(Span(at, end, digits))
        at = max(end, at + 1)
    return [span for span in spans if len(str(span.value)) >= shortest]


def _run(words: list[str], at: int) -> tuple[str, int]:
    digits, end = "", at
    while end < len(words):
        found = _group(words, end, begun=bool(digits))
        if found is None:
            break
        digits, end = digits + found[0], found[1]
    return digits, end


def _group(words: list[str], at: int, begun: bool) -> tuple[str, int] | None:
    """The next digits of a run; words that only sound like digits count inside a run and at the utterance's end."""
    word, following = words[at], words[at + 1] if at + 1 < len(words) else ""
    if word in _REPEATS and following in _DIGITS:
        return _DIGITS[following] * _REPEATS[word], at + 2
    if word in _DIGITS:
        if following in ("hundred", "thousand"):
            return _DIGITS[word] + "0" * (2 if following == "hundred" else 3), at + 2
        return (_DIGITS[word], at + 1) if begun or word != "o" or following in _DIGITS else None
    if word in _TEENS:
        return str(_TEENS[word]), at + 1
    if word in _TENS:
        joined = _UNITS.get(following, 0)
        return str(_TENS[word] + joined), at + (2 if joined else 1)
    if word.isdecimal():
        return word, at + 1
    if begun and word in _HOMOPHONES and (following in _DIGITS or following.isdecimal() or not following):
        return _HOMOPHONES[word], at + 1
    return None
