"""English as spoken on the telephone, and the words in which days, times and numbers reach the core.

Whatever the caller's language, the model passes values on in English (`shared.core.numbers` reads them).
"""

from collections.abc import Callable, Sequence
from datetime import date, time
from decimal import Decimal

from shared.core.languages.language import Language
from shared.core.languages.telephone import ENGLISH_TELEPHONE

_YES = frozenset(
    "yes yeah yep yup sure correct right absolutely okay ok perfect exactly indeed good great fine".split()
) | {
    "that's it",
    "sounds good",
    "that works",
    "go ahead",
    "please do",
    "of course",
    "you got it",
}
_NO = frozenset("no nope nah wrong incorrect".split()) | {
    "not right",
    "that's not right",
    "not really",
    "no thanks",
    "no thank you",
}
_POINTING = frozenset("that that's this it it's its is all sounds".split())
_FILLERS = frozenset("um uh er erm hmm mm well so like please oh ah the a an and it's its".split())
_COURTESIES = frozenset("please thanks um uh er erm".split()) | {"thank you", "many thanks"}
_BACKCHANNELS = frozenset(
    "uh huh mm hmm mhm yeah yes yep okay ok right sure oh ah um i see got it good great cool".split()
)
_STOP_WORDS = frozenset("stop wait hold hang excuse sorry pardon no actually hello operator human".split())

_OPEN_ENDS = frozenset(
    "and or but because if whether while than as the a an my your our his their every to for at on in into onto of "
    "with without from by about during until per i they we i'd i'm i'll it's be been um uh er mister".split()
)
"""Words after which a sentence goes on: hardly anybody's last."""
_COPULAS = frozenset(
    "is are was were am has have had will would can could should does did isn't aren't wasn't hasn't haven't won't "
    "wouldn't can't couldn't shouldn't doesn't didn't don't".split()
)
_PRONOUNS = frozenset("i it he she they we you that this there".split())
"""Before a copula these make an answer, "yes it is"; other words a beginning, "my number is"."""
_OPENERS = frozenset(
    "sure yes no okay right great perfect alright certainly absolutely hello hi thanks sorry well".split()
) | {"of course", "no problem", "thank you", "got it", "all right", "i see", "one moment", "good news"}

_PLEASED = frozenset("thanks thank great perfect wonderful lovely excellent awesome appreciate helpful good".split())
_UPSET = frozenset(
    "angry annoyed frustrated frustrating furious ridiculous terrible awful useless unacceptable horrible worst upset "
    "stupid disgusted complaint".split()
)

UNITS = {
    word: value
    for value, word in enumerate(
        "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen "
        "seventeen eighteen nineteen".split()
    )
}
TENS = {word: 10 * n for n, word in enumerate("twenty thirty forty fifty sixty seventy eighty ninety".split(), 2)}
ORDINALS = {
    word: value
    for value, word in enumerate(
        "first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth fourteenth "
        "fifteenth sixteenth seventeenth eighteenth nineteenth".split(),
        1,
    )
} | {"twentieth": 20, "thirtieth": 30}
SCALES = {"hundred": 100, "thousand": 1_000, "lakh": 100_000, "million": 1_000_000, "crore": 10_000_000}
DIGIT_WORDS = {word: str(value) for word, value in UNITS.items() if value < 10} | {"oh": "0", "o": "0"}
REPEATS = {"double": 2, "triple": 3}

WEEKDAYS = {name: n for n, name in enumerate("monday tuesday wednesday thursday friday saturday sunday".split())}
MONTHS = {
    name: n
    for n, name in enumerate(
        "january february march april may june july august september october november december".split(), 1
    )
}
EMAIL_WORDS = {"at": "@", "dot": ".", "point": ".", "underscore": "_", "dash": "-", "hyphen": "-", "plus": "+"}
MORNING = frozenset({"morning", "mornings"})
AFTERNOON = frozenset({"afternoon", "afternoons", "evening", "evenings", "lunch"})
EARLIEST = frozenset({"earliest", "soonest", "whichever", "any", "either"})
LATEST = frozenset({"latest", "last"})
_NAME_LEADS = ("my name is", "my name's", "the name is", "name is", "this is", "it is", "it's", "i'm", "i am", "for")


_ALIKE = {
    **dict(zip("bdeptv", "bravo delta echo papa tango victor".split(), strict=True)),
    **dict(zip("mnfs", "mike november foxtrot sierra".split(), strict=True)),
}
"""Letters that sound like others on the telephone, with the word of the NATO alphabet that tells them apart."""
SIGNS = {".": "dot", "_": "underscore", "-": "dash", "+": "plus", "'": "apostrophe"}


def ordinal(number: int) -> str:
    """1 -> 1st, 2 -> 2nd, 24 -> 24th."""
    suffix = "th" if 10 < number % 100 < 14 else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{suffix}"


def _goes_on(words: Sequence[str]) -> bool:
    if words[-1] in _COPULAS:
        return len(words) > 1 and words[-2] not in _PRONOUNS
    if words[-1] in MONTHS:
        return not any(word.isdecimal() or word in UNITS or word in ORDINALS for word in words[-4:-1])
    return words[-1] in _OPEN_ENDS


def _day(day: date) -> str:
    """Tuesday, November 24th."""
    return f"{day:%A}, {day:%B} {ordinal(day.day)}"


def _time(moment: time) -> str:
    """9 AM, 3:30 PM, noon."""
    if moment == time(12):
        return "noon"
    minute = f":{moment:%M}" if moment.minute else ""
    return f"{moment.hour % 12 or 12}{minute} {'PM' if moment.hour >= 12 else 'AM'}"


def _digits(digits: str) -> str:
    """Every three or four, as people read telephone numbers: 4 1 5, 5 5 5, 0 1 3 2."""
    head = [digits[i : i + 3] for i in range(0, max(0, len(digits) - 4), 3)]
    groups = [*head, digits[3 * len(head) :]] if len(digits) > 4 else [digits]
    return ", ".join(" ".join(group) for group in groups if group)


def _listing(items: Sequence[str]) -> str:
    """a; a or b; a, b or c."""
    return items[0] if len(items) == 1 else f"{', '.join(items[:-1])} or {items[-1]}"


def _spelled(text: str) -> str:
    """Letter by letter: "Bauer" is "B as in bravo, A, U, E as in echo, R"."""
    letters = (SIGNS.get(char, char.upper()) for char in text)
    return ", ".join(
        f"{letter} as in {_ALIKE[letter.lower()]}" if letter.lower() in _ALIKE else letter for letter in letters
    )


def _email(address: str) -> str:
    mailbox, _, host = address.partition("@")
    return f"{_spelled(mailbox)}, at {host.replace('.', ' dot ')}"


_CURRENCIES = {
    "USD": ("dollar", "cent"),
    "CAD": ("dollar", "cent"),
    "AUD": ("dollar", "cent"),
    "EUR": ("euro", "cent"),
    "GBP": ("pound", "penny"),
    "INR": ("rupee", "paisa"),
}
_PLURALS = {"penny": "pence", "paisa": "paise"}


def money(amount: Decimal, currency: str, number: Callable[[int], str] = "{:,}".format) -> str:
    """120 dollars and 50 cents."""
    whole, part = divmod(round(amount * 100), 100)
    if currency not in _CURRENCIES:
        return f"{number(whole)}.{part:02d} {currency}" if part else f"{number(whole)} {currency}"
    large, small = _CURRENCIES[currency]
    said = [_counted(count, number(count), unit) for count, unit in ((whole, large), (part, small)) if count]
    return " and ".join(said) or f"0 {large}s"


def _counted(count: int, said: str, unit: str) -> str:
    return f"{said} {unit if count == 1 else _PLURALS.get(unit, f'{unit}s')}"


def _moment(day: date, moment: time) -> str:
    """Tuesday, November 24th at 3:30 PM."""
    return f"{_day(day)} at {_time(moment)}"


def _itself(text: str) -> str:
    return text


ENGLISH = Language(
    name="English",
    for_the_model="- Speak English.",
    yes=_YES,
    no=_NO,
    pointing=_POINTING,
    fillers=_FILLERS,
    courtesies=_COURTESIES,
    backchannels=_BACKCHANNELS,
    stop_words=_STOP_WORDS,
    openers=_OPENERS,
    pleased=_PLEASED,
    upset=_UPSET,
    name_leads=_NAME_LEADS,
    name_tails=(),
    in_english=_itself,
    goes_on=_goes_on,
    day=_day,
    time=_time,
    digits=_digits,
    number=str,
    answer=_itself,
    listing=_listing,
    spelled=_spelled,
    email=_email,
    moment=_moment,
    money=money,
    telephone=ENGLISH_TELEPHONE,
)
