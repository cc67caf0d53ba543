"""English as spoken on the telephone: the words the core has to recognise by itself, without a model.

Kept apart so that another language is another file of the same names.
"""

YES = frozenset(
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
NO = frozenset("no nope nah wrong incorrect".split()) | {
    "not right",
    "that's not right",
    "not really",
    "no thanks",
    "no thank you",
}
POINTING = frozenset("that that's this it it's its is all sounds".split())
"""Words that say neither yes nor no by themselves: "that is all right"."""
FILLERS = frozenset("um uh er erm hmm mm well so like please oh ah the a an and it's its".split())
BACKCHANNELS = frozenset(
    "uh huh mm hmm mhm yeah yes yep okay ok right sure oh ah um i see got it good great cool".split()
)
STOP_WORDS = frozenset("stop wait hold hang excuse sorry pardon no actually hello operator human".split())

OPEN_ENDS = frozenset(
    "and or but because if than the a an my your our his their to for at on in of with from by about i'd i'm i'll we "
    "it's um uh er mister".split()
)
"""Words after which a sentence goes on: hardly anybody's last."""
COPULAS = frozenset("is are was were am".split())
PRONOUNS = frozenset("i it he she they we you that this there".split())
"""Before a copula these make an answer, "yes it is"; other words a beginning, "my number is"."""
OPENERS = frozenset(
    "sure yes no okay right great perfect alright certainly absolutely hello hi thanks sorry well".split()
) | {"of course", "no problem", "thank you", "got it", "all right", "i see", "one moment", "good news"}
"""First clauses that sound natural with a breath behind them."""

PLEASED = frozenset("thanks thank great perfect wonderful lovely excellent awesome appreciate helpful good".split())
UPSET = frozenset(
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
NAME_LEADS = ("my name is", "my name's", "the name is", "name is", "this is", "it is", "it's", "i'm", "i am", "for")


ALIKE = {
    **dict(zip("bdeptv", "bravo delta echo papa tango victor".split(), strict=True)),
    **dict(zip("mnfs", "mike november foxtrot sierra".split(), strict=True)),
}
"""Letters that sound like others on the telephone, with the word of the NATO alphabet that tells them apart."""
SIGNS = {".": "dot", "_": "underscore", "-": "dash", "+": "plus", "'": "apostrophe"}


def spelled(text: str) -> str:
    """Letter by letter: "Bauer" is "B as in bravo, A, U, E as in echo, R"."""
    letters = (SIGNS.get(char, char.upper()) for char in text)
    return ", ".join(
        f"{letter} as in {ALIKE[letter.lower()]}" if letter.lower() in ALIKE else letter for letter in letters
    )


def ordinal(number: int) -> str:
    """1 -> 1st, 2 -> 2nd, 24 -> 24th."""
    suffix = "th" if 10 < number % 100 < 14 else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{suffix}"


def listing(items: list[str]) -> str:
    """a; a or b; a, b or c."""
    return items[0] if len(items) == 1 else f"{', '.join(items[:-1])} or {items[-1]}"
