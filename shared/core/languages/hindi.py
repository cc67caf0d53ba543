"""Hindi as it is spoken on the telephone in Indian cities: mixed with English, written in either script.

Whatever counts in English counts here as well. Days, times and numbers are put into English word by word
(`shared.core.languages.hindi_values`), so that one reader does for both.
"""

from collections.abc import Sequence
from datetime import date, time
from decimal import Decimal

from shared.core.languages import indian_english
from shared.core.languages.english import ENGLISH
from shared.core.languages.hindi_values import HOURS, MONTHS, WEEKDAYS, in_english
from shared.core.languages.language import Language
from shared.core.languages.telephone_hindi import HINDI_TELEPHONE
from shared.core.words import fold


def _folded(*lines: str) -> frozenset[str]:
    return frozenset(fold(word) for line in lines for word in line.split())


def _phrases(*phrases: str) -> frozenset[str]:
    return frozenset(fold(phrase) for phrase in phrases)


_YES = _folded("हाँ हा ठीक सही बिल्कुल बिलकुल अच्छा ओके यस ज़रूर चलेगा कीजिए दीजिए करिए") | _folded(
    "haan haa theek thik sahi bilkul accha acha achha zaroor jarur chalega kijiye dijiye"
)
_YES_PHRASES = _phrases("जी", "जी जी", "ji", "ji ji", "कर दीजिए", "कर दो", "हो जाएगा", "kar dijiye", "kar do")
_NO = _folded("नहीं नही ना मत गलत नो", "nahi nahin nahee na mat galat")
_NO_PHRASES = _phrases(
    "सही नहीं", "सही नहीं है", "ठीक नहीं", "ठीक नहीं है", "sahi nahi", "sahi nahi hai", "theek nahi", "theek nahi hai"
)
_POINTING = _folded("है हैं यह ये वह वो यही वही बात", "hai hain yeh ye woh wo yahi wahi baat")
_FILLERS = _folded("जी अ अं उम हम्म तो मतलब वैसे प्लीज़", "ji umm hmm matlab waise")
_COURTESIES = _folded("प्लीज़ धन्यवाद शुक्रिया जी", "please dhanyavaad shukriya ji")
_BACKCHANNELS = _folded("हाँ हा जी अच्छा ठीक है हूँ हम्म ओके सही", "haan haa ji accha acha achha theek thik hai hoon hmm sahi")
_STOP_WORDS = _folded("रुको रुकिए रुकिये ठहरो ठहरिए सुनो सुनिए सुनिये बस नहीं नही माफ़ हेलो हैलो") | _folded(
    "ruko rukiye rukie thehriye suno suniye bas nahi nahin maaf"
)
_OPENERS = _phrases(
    "जी", "जी हाँ", "जी ज़रूर", "ज़रूर", "बिल्कुल", "ठीक है", "अच्छा", "नमस्ते", "धन्यवाद", "शुक्रिया", "कोई बात नहीं",
    "एक मिनट", "माफ़ कीजिए", "ji", "ji haan", "zaroor", "bilkul", "theek hai", "accha", "namaste", "dhanyavaad",
)  # fmt: skip
_PLEASED = _folded("धन्यवाद शुक्रिया बढ़िया मेहरबानी", "dhanyavaad shukriya badhiya meherbani")
_UPSET = _folded(
    "गुस्सा परेशान बेकार घटिया शिकायत बकवास खराब", "gussa pareshan bekaar bekar ghatiya shikayat bakwas kharab"
)
_NAME_LEADS = (
    *("मेरा नाम है", "मेरा नाम", "मेरा शुभ नाम", "नाम है", "नाम", "मैं"),
    *("mera naam hai", "mera naam", "naam hai", "naam", "main"),
)
_NAME_TAILS = ("बोल रहा हूँ", "बोल रही हूँ", "है", "हूँ", "bol raha hoon", "bol rahi hoon", "hai", "hoon")

_OPEN_ENDS = _folded(
    "और या लेकिन मगर कि क्योंकि अगर मेरा मेरी मेरे मुझे हमें मैं का के की तो मतलब अं उम",
    "aur ya lekin magar kyunki agar mera meri mere mujhe hume main ka ke ki toh matlab",
)
_THAT_IS = _folded("है", "hai")
_NAMED_FIRST = _folded("नंबर नाम पता ईमेल तारीख", "number naam address email")
"""Before "है" these begin an answer, "मेरा नंबर है"; other words end one."""


def _goes_on(words: Sequence[str]) -> bool:
    if words[-1] in _THAT_IS:
        return len(words) > 1 and words[-2] in _NAMED_FIRST
    return words[-1] in _OPEN_ENDS


def _day(day: date) -> str:
    """मंगलवार, 24 नवंबर."""
    return f"{WEEKDAYS[day.weekday()]}, {day.day} {MONTHS[day.month - 1]}"


def _time(moment: time) -> str:
    """सुबह नौ बजे, दोपहर साढ़े तीन बजे, शाम पाँच बजकर 10 मिनट."""
    hour, next_hour = HOURS[moment.hour % 12], HOURS[(moment.hour + 1) % 12]
    match moment.minute:
        case 0:
            said = f"{hour} बजे"
        case 15:
            said = f"सवा {hour} बजे"
        case 30:
            said = {1: "डेढ़ बजे", 2: "ढाई बजे"}.get(moment.hour % 12, f"साढ़े {hour} बजे")
        case 45:
            said = f"पौने {next_hour} बजे"
        case minute:
            said = f"{hour} बजकर {minute} मिनट"
    return f"{_part_of_day(moment.hour)} {said}"


def _part_of_day(hour: int) -> str:
    if 4 <= hour < 12:
        return "सुबह"
    return "दोपहर" if 12 <= hour < 16 else "शाम" if 16 <= hour < 20 else "रात"


def _moment(day: date, moment: time) -> str:
    """मंगलवार, 24 नवंबर को सुबह नौ बजे."""
    return f"{_day(day)} को {_time(moment)}"


def _money(amount: Decimal, currency: str) -> str:
    """1,50,000 रुपये."""
    if currency != "INR":
        return indian_english.money(amount, currency)
    whole, part = divmod(round(amount * 100), 100)
    paise = f" {part} पैसे" if part else ""
    return f"{indian_english.grouped(whole)} रुपये{paise}"


_SPOKEN_DIGITS = "zero one two three four five six seven eight nine".split()


def _digits(digits: str) -> str:
    """With the English words, which are what people use for digits: nine eight, seven six, five four."""
    return "".join(_SPOKEN_DIGITS[int(char)] if char.isdecimal() else char for char in indian_english.pairs(digits))


def _answer(value: str) -> str:
    return "हाँ" if value == "yes" else "नहीं"


def _listing(items: Sequence[str]) -> str:
    """क; क या ख; क, ख या ग."""
    return items[0] if len(items) == 1 else f"{', '.join(items[:-1])} या {items[-1]}"


_HINDI = Language(
    name="Hindi",
    for_the_model=(
        "- Speak Hindi as people in Indian cities do: in Devanagari, with the usual English words among it.\n"
        "- What you pass to a tool is in English and in Latin letters, whatever the caller's language: "
        '"कल सुबह साढ़े नौ बजे" is passed as "tomorrow, half past nine in the morning", "मीना वर्मा" as "Meena Verma".'
    ),
    yes=_YES | _YES_PHRASES,
    no=_NO | _NO_PHRASES,
    pointing=_POINTING,
    fillers=_FILLERS,
    courtesies=_COURTESIES,
    backchannels=_BACKCHANNELS,
    stop_words=_STOP_WORDS,
    openers=_OPENERS,
    pleased=_PLEASED,
    upset=_UPSET,
    name_leads=tuple(fold(lead) for lead in _NAME_LEADS),
    name_tails=tuple(fold(tail) for tail in _NAME_TAILS),
    goes_on=_goes_on,
    in_english=in_english,
    day=_day,
    time=_time,
    digits=_digits,
    number=indian_english.grouped,
    answer=_answer,
    listing=_listing,
    spelled=indian_english.spelled,
    email=indian_english.email,
    moment=_moment,
    money=_money,
    telephone=HINDI_TELEPHONE,
)

HINDI = _HINDI.mixed_with(ENGLISH)
