"""Who has picked up, and what they say of who they are, in both languages."""

import pytest

from shared.core import languages
from shared.core.answering import Claim, Party, claim_of, is_person, party_of
from shared.core.languages.telephone import says

ENGLISH, HINDI = languages.of("en-US"), languages.of("hi-IN")


@pytest.mark.parametrize(
    ("text", "party"),
    [
        ("Hi, you've reached the voicemail of Grace Miller. Please leave a message after the beep.", Party.MAILBOX),
        ("I can't come to the phone right now, leave your name and number", Party.MAILBOX),
        ("The person you are trying to reach is not available. At the tone, please record your message", Party.MAILBOX),
        ("To leave a callback number press five, or leave a message after the tone", Party.MAILBOX),
        ("Hi, if you record your name and reason for calling, I'll see if this person is available.", Party.SCREENING),
        ("The person you're calling is using a screening service from Google. Say your name", Party.SCREENING),
        ("Thank you for calling Acme. For sales, press one", Party.MENU),
        ("The subscriber you have dialled is switched off", Party.UNAVAILABLE),
        ("The number you have dialed has been disconnected", Party.NOT_IN_SERVICE),
        ("Hello?", None),
        ("Yes, this is Grace", None),
        ("Who's calling please", None),
        ("Can you call back later", None),
    ],
)
def test_o2_machines_are_told_by_what_they_say(text: str, party: Party | None) -> None:
    assert party_of(text, ENGLISH) is party


@pytest.mark.parametrize(
    ("text", "party"),
    [
        ("कृपया बीप के बाद अपना संदेश छोड़ें", Party.MAILBOX),
        ("आपके द्वारा डायल किया गया नंबर अभी स्विच ऑफ है", Party.UNAVAILABLE),
        ("जिस नंबर पर आप संपर्क कर रहे हैं वह नेटवर्क क्षेत्र से बाहर है", Party.UNAVAILABLE),
        ("यह नंबर मौजूद नहीं है", Party.NOT_IN_SERVICE),
        ("please leave a message after the tone", Party.MAILBOX),
        ("हाँ जी बोलिए", None),
    ],
)
def test_s9_machines_in_india_speak_both_languages(text: str, party: Party | None) -> None:
    assert party_of(text, HINDI) is party


@pytest.mark.parametrize(
    ("text", "claim"),
    [
        ("Speaking", Claim.IT_IS_ME),
        ("This is Grace", Claim.IT_IS_ME),
        ("This is her husband", Claim.NOT_THERE),
        ("She's at work", Claim.NOT_THERE),
        ("There is nobody by that name here", Claim.WRONG_NUMBER),
        ("I don't know who that is", Claim.WRONG_NUMBER),
        ("Can you call back later", Claim.NOT_THERE),
        ("Hold on a second", Claim.FETCHING),
        ("Who is this?", Claim.WHO_IS_IT),
        ("What is this about?", Claim.WHO_IS_IT),
        ("Bananas", None),
    ],
)
def test_o3_what_people_say_of_who_they_are(text: str, claim: Claim | None) -> None:
    assert claim_of(text, "Grace Miller", ENGLISH) is claim


@pytest.mark.parametrize(
    "text",
    [
        "Stop calling me",
        "please take me off your list",
        "do not call again",
        "don't call this number any more",
        "Never call me again",
        "remove my number from your list",
        "unsubscribe",
        "I want to opt out",
    ],
)
def test_o3_an_opt_out_in_english(text: str) -> None:
    assert says(ENGLISH.telephone.opt_out, text)
    assert says(HINDI.telephone.opt_out, text)


@pytest.mark.parametrize(
    "text", ["मुझे कॉल मत करो", "dobara call mat karna", "फ़ोन मत कीजिए", "call karna band karo", "mera number hata do"]
)
def test_o3_an_opt_out_in_hindi(text: str) -> None:
    assert says(HINDI.telephone.opt_out, text)


@pytest.mark.parametrize(
    "text", ["don't call me before ten", "Can you call again", "please call me tomorrow", "I want to cancel my visit"]
)
def test_o3_what_is_no_opt_out(text: str) -> None:
    assert not says(ENGLISH.telephone.opt_out, text)


def test_o2_whoever_picks_up_and_says_little_is_a_person() -> None:
    assert is_person("Hello, Grace Miller speaking", ENGLISH)
    assert not is_person("", ENGLISH)
    assert not is_person("hi " * 13, ENGLISH)
