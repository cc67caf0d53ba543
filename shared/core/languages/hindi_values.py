"""Hindi words of days, times and numbers, in either script, with the English for each."""

import re
from collections.abc import Iterable, Mapping

from shared.core.words import fold

_NUMBERS = """
    शून्य एक दो तीन चार पाँच छह सात आठ नौ दस ग्यारह बारह तेरह चौदह पंद्रह सोलह सत्रह अठारह उन्नीस
    बीस इक्कीस बाईस तेईस चौबीस पच्चीस छब्बीस सत्ताईस अट्ठाईस उनतीस तीस इकतीस बत्तीस तैंतीस चौंतीस पैंतीस छत्तीस सैंतीस
    अड़तीस उनतालीस चालीस इकतालीस बयालीस तैंतालीस चौवालीस पैंतालीस छियालीस सैंतालीस अड़तालीस उनचास पचास इक्यावन बावन तिरपन
    चौवन पचपन छप्पन सत्तावन अट्ठावन उनसठ साठ इकसठ बासठ तिरसठ चौंसठ पैंसठ छियासठ सड़सठ अड़सठ उनहत्तर सत्तर इकहत्तर बहत्तर
    तिहत्तर चौहत्तर पचहत्तर छिहत्तर सतहत्तर अठहत्तर उनासी अस्सी इक्यासी बयासी तिरासी चौरासी पचासी छियासी सत्तासी अट्ठासी नवासी
    नब्बे इक्यानवे बानवे तिरानवे चौरानवे पचानवे छियानवे सत्तानवे अट्ठानवे निन्यानवे
""".split()
_LATIN_NUMBERS = "shunya ek do teen chaar paanch chhah saat aath nau das gyarah barah".split()
HOURS = (_NUMBERS[12], *_NUMBERS[1:12])
"""By the hour on a clock of twelve, twelve first."""
WEEKDAYS = "सोमवार मंगलवार बुधवार गुरुवार शुक्रवार शनिवार रविवार".split()
MONTHS = "जनवरी फ़रवरी मार्च अप्रैल मई जून जुलाई अगस्त सितंबर अक्टूबर नवंबर दिसंबर".split()

_ENGLISH_WEEKDAYS = "monday tuesday wednesday thursday friday saturday sunday".split()
_ENGLISH_MONTHS = "january february march april may june july august september october november december".split()


def _list(text: str) -> dict[str, str]:
    """Lines of "this, that = English"."""
    pairs = (line.split("=") for line in text.strip().splitlines())
    return {word.strip(): english.strip() for words, english in pairs for word in words.split(",")}


_OTHERS = _list("""
    पांच, पाच = 5
    छः, छे, छै, chhe, che = 6
    पंद्रह, पन्द्रह, pandrah = 15
    तीस, tees = 30
    panch = 5
    char = 4
    dus = 10
    baarah, bara = 12
    bees = 20
    zero, जीरो, ज़ीरो = 0
    वन = 1
    टू = 2
    थ्री = 3
    फोर = 4
    फाइव = 5
    सिक्स = 6
    सेवन = 7
    एट = 8
    नाइन = 9
    डबल = double
    ट्रिपल = triple
    सौ, sau = hundred
    हज़ार, hazaar, hazar = thousand
    लाख = lakh
    करोड़, karod = crore
    सोमवार, somvar, somwar, मंडे = monday
    मंगल, mangalvar, mangalwar, ट्यूज़डे = tuesday
    बुध, budhvar, budhwar, वेडनेसडे = wednesday
    बृहस्पतिवार, वीरवार, guruvar, guruwar, थर्सडे = thursday
    शुक्र, shukravar, shukrawar, फ्राइडे = friday
    शनि, shanivar, shaniwar, सैटरडे = saturday
    इतवार, ravivar, raviwar, itvar, संडे = sunday
    सितम्बर = september
    नवम्बर = november
    दिसम्बर = december
    आज, aaj = today
    कल, kal = tomorrow
    परसों, परसो, parson, parso = day after tomorrow
    आज रात = tonight
    अगले हफ़्ते, agle hafte = in 1 week
    अगले, अगली, अगला, agle, agli, agla = next
    दिन बाद, दिनों बाद, din baad = days from now
    हफ़्ते बाद, हफ़्तों बाद, hafte baad = weeks from now
    सुबह, subah, सवेरे = morning
    दोपहर, dopahar, dopeher = afternoon
    शाम, shaam, sham = evening
    रात, raat = night
    बजे, baje = o'clock
    बजकर, बज के, bajkar, मिनट =
    साढ़े, साढे, saadhe, sadhe = half past
    सवा, sava, sawa = quarter past
    पौने, paune = quarter to
    डेढ़ बजे, dedh baje = half past 1
    ढाई बजे, dhai baje = half past 2
    पहला, पहली, पहले वाला, pehla, pehli = first
    दूसरा, दूसरी, दूसरे, doosra, dusra, doosri = second
    तीसरा, तीसरी, तीसरे, teesra, teesri = third
    सबसे पहले, जल्दी से जल्दी, sabse pehle = earliest
    आख़िरी, आख़िर, aakhri, akhri = last
    कोई भी, koi bhi = any
""")


def _glossary() -> dict[str, str]:
    words: Iterable[tuple[str, str]] = (
        *((word, str(number)) for number, word in enumerate(_NUMBERS)),
        *((word, str(number)) for number, word in enumerate(_LATIN_NUMBERS)),
        *zip(WEEKDAYS, _ENGLISH_WEEKDAYS, strict=True),
        *zip(MONTHS, _ENGLISH_MONTHS, strict=True),
        *_OTHERS.items(),
    )
    return {fold(word): english for word, english in words}


def _pattern(glossary: Mapping[str, str]) -> re.Pattern[str]:
    longest_first = sorted(glossary, key=len, reverse=True)
    return re.compile(rf"(?<!{_INSIDE})(?:{'|'.join(map(re.escape, longest_first))})(?!{_INSIDE})")


_INSIDE = r"[\w\u0900-\u0963\u0970-\u097f]"
"""What a word is made of."""
_GLOSSARY = _glossary()
_TWO = "do"
"""In Latin letters it is an English word as well, unless a number stands beside it."""
_WORDS = _pattern({word: english for word, english in _GLOSSARY.items() if word != _TWO})
_NUMBER = r"(?:\d+|zero|oh|one|two|three|four|five|six|seven|eight|nine|double|triple)"
_TWO_BEFORE = re.compile(rf"\b{_TWO}\b(?=\s+(?:{_NUMBER}|o'clock)\b)")
_TWO_AFTER = re.compile(rf"\b({_NUMBER}|half past|quarter past|quarter to)(\s+){_TWO}\b")


def in_english(text: str) -> str:
    """ "कल सुबह साढ़े नौ बजे" is "tomorrow morning half past 9 o'clock"; what is not in the list stays as it is."""
    english = _WORDS.sub(lambda match: _GLOSSARY[match[0]], fold(text))
    return _TWO_AFTER.sub(r"\1\g<2>2", _TWO_BEFORE.sub("2", english))
