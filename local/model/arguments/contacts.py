"""Telephone numbers, e-mail addresses and people's names, said or spelled."""

import re

from local.model.arguments.numbers import find_digits, is_number_word, written_out
from local.model.words import STOP_WORDS, Span, Utterance

_SYMBOLS = {
    "dot": ".",
    "point": ".",
    "period": ".",
    "underscore": "_",
    "dash": "-",
    "hyphen": "-",
    "minus": "-",
    "plus": "+",
}
_THIS_NUMBER = re.compile(
    r"(?<!\S)(?:the (?:number|one) i'm (?:calling|phoning|ringing) (?:you )?(?:from|on)"
    r"|(?:this|the same|my current) (?:number|phone|one)|the one i'm on)(?!\S)"
)
_NAME_LEAD = re.compile(
    r"(?<!\S)(?:my (?:full |first |last )?name(?:'s| is)|the name(?:'s| is)|name is|name's|under the name(?: of)?"
    r"|it's under|i am called|call me|(?:his|her|their) name(?:'s| is))(?: is)? "
)
_RELATION = r"(?:my (?:brother|sister|mother|father|mom|dad|son|daughter|wife|husband|friend|landlord|partner|boss) )?"
_NAME_HINT = re.compile(
    r"(?<!\S)(?:this is|i'm|i am|it's|it is|that's|for|to|from|under|speaking to|with|yes|yeah|sure|okay|ok) "
    + _RELATION
)
_WEAK_HINTS = ("for ", "to ", "from ", "with ")
_TWO_NAMES = re.compile(
    r"first name(?:'s| is)? (?P<first>\w+)\b.*?\b(?:last|family|sur) ?name(?:'s| is)? (?P<last>\w+)"
)
_TITLES = frozenset("mr mrs ms miss mister doctor dr sir madam".split())
_NOT_NAMES = STOP_WORDS | frozenset(
    """
    calling looking trying having going wondering sorry afraid sure happy glad interested new sick ill hurt late early
    available free good fine great right correct wrong ready done back still ok now today tomorrow tonight morning
    afternoon evening noon midnight monday tuesday wednesday thursday friday saturday sunday january february march
    april june july august september october november december next week month year day time name number phone email
    address appointment booking order account card called spelled spell first last second third full capital double
    triple hold wait sec moment cancel change move book help someone somebody anybody because since after before around
    between am pm dot dash nothing everything anything again already him her he's she's who's what's where's how's
    there's can't don't won't didn't doesn't couldn't wouldn't isn't aren't wasn't cause hers ours o'clock says said
    """.split()
)


def find_phones(said: Utterance, asked: bool) -> list[Span]:
    """Telephone numbers as digits; 7 or more in passing, 3 or more when asked for. "This number" stays words."""
    spans = find_digits(said, 3, joined=True) if asked else find_digits(said, 7)
    if asked and not spans:
        return [Span(start, end, said.quote(start, end)) for start, end, _ in said.search(_THIS_NUMBER)]
    return [_with_plus(said, span) for span in spans]


def _with_plus(said: Utterance, span: Span) -> Span:
    before = said.words[span.start - 1].text if span.start else ""
    written = said.text[: said.words[span.start].start].endswith("+")
    return Span(span.start, span.end, f"+{span.value}") if written or before == "plus" else span


def find_emails(said: Utterance) -> list[Span]:
    """E-mail addresses, written, or said with "at" and "dot"; the first part reaches back as far as words fit."""
    words, spans = said.texts(), []
    for at, word in enumerate(words):
        if "@" in word:
            spans.append(Span(at, at + 1, word))
        elif word == "at" and (end := _domain_end(words, at + 1)):
            start = at
            while _belongs(words, start - 1):
                start -= 1
            if start < at:
                spans.append(Span(start, end, _joined(words[start:at]) + "@" + _joined(words[at + 1 : end])))
    return spans


def _domain_end(words: list[str], start: int) -> int:
    """The word after a domain said as "example dot com" from `start`; 0 when there is none."""
    end = start
    while end + 1 < len(words) and words[end + 1] in ("dot", "point", "dash", "hyphen"):
        end += 2
    written = re.fullmatch(r"[\w-]+(?:\.[\w-]+)+", words[start]) if start < len(words) else None
    return end + 1 if start < end < len(words) else start + 1 if written else 0


def _belongs(words: list[str], at: int) -> bool:
    """Whether the word at `at` can stand in the part of an address before its "at"."""
    if at < 0 or words[at] in ("email", "mail", "address", "is", "it's", "at", "that's"):
        return False
    return words[at] in _SYMBOLS or words[at] not in _NOT_NAMES


def _joined(words: list[str]) -> str:
    return "".join(_SYMBOLS.get(word, word) for word in written_out(words))


def find_names(said: Utterance, asked: bool) -> list[Span]:
    """People's names: after "my name is" and the like, and, when `asked`, the whole of a short answer."""
    if both := _TWO_NAMES.search(said.plain):
        start, end = (said.plain[: both.start(part)].count(" ") for part in ("first", "last"))
        return [Span(start, end + 1, f"{both['first'].capitalize()} {both['last'].capitalize()}")]
    runs = [span for at in range(len(said.words)) if (span := _name_from(said, at, True))] if asked else []
    for pattern, sure in ((_NAME_LEAD, True), (_NAME_HINT, False)):
        hints = [(said.plain[: hint.end()].count(" "), hint[0]) for hint in pattern.finditer(said.plain)]
        spans = [
            span
            for start, hint in hints
            if (span := _name_from(said, start, sure or asked, hint.startswith(_WEAK_HINTS)))
        ]
        if spans:
            firsts = {said.words[span.start].text for span in spans}
            spans += [span for span in runs if said.words[span.start].text in firsts]
            return [max(spans, key=lambda span: span.end - span.start)]
    return sorted(runs, key=lambda span: span.start - span.end)[:1]


def _name_from(said: Utterance, at: int, sure: bool, weak: bool = False) -> Span | None:
    """Up to four words from `at` that can be a name: unless `sure`, in capitals or, unless `weak`, two plain words."""
    end = at
    while end < len(said.words) and end - at < 4 and _may_be_name(said, end):
        end += 1
        if said.text[said.words[end - 1].end : said.words[end - 1].end + 1] in (",", ".", "?", "!", ";"):
            break
    if at < len(said.words) and said.words[at].text in _TITLES:
        return _name_from(said, at + 1, sure, weak)
    if letters := _spelled(said, at):
        return letters
    if end == at:
        return None
    quoted = [said.text[word.start : word.end] for word in said.words[at:end]]
    capital = all(word[:1].isupper() for word in quoted)
    if not sure and not capital and (weak or end - at != 2 or not _plain_name(quoted)):
        return None
    return Span(at, end, " ".join(quoted if capital else [word.capitalize() for word in quoted]))


def _spelled(said: Utterance, at: int) -> Span | None:
    end = at
    while end < len(said.words) and len(said.words[end].text) == 1 and said.words[end].text.isalpha():
        end += 1
    if end - at < 3:
        return None
    return Span(at, end, "".join(word.text for word in said.words[at:end]).capitalize())


def _may_be_name(said: Utterance, at: int) -> bool:
    word = said.words[at].text
    initial = len(word) == 1 and (at + 1 >= len(said.words) or len(said.words[at + 1].text) == 1)
    return word.replace("'", "").isalpha() and word not in _NOT_NAMES and not is_number_word(word) and not initial


def _plain_name(words: list[str]) -> bool:
    return all(len(word) > 2 and not word.lower().endswith(("ing", "ed", "ly")) for word in words)
