"""United States, federal: the TCPA and the FCC's rules, the national registry, Regulation F."""

from datetime import date, time, timedelta

from shared.core.rules.holidays import Fixed, Nth
from shared.core.rules.person import OWN_LIST, US_LIST, ConsentKind, Purpose
from shared.core.rules.rule import (
    CALLS,
    SALES,
    Cap,
    Consented,
    Counted,
    Hours,
    NotOptedOut,
    Per,
    Rule,
    Unlisted,
    Window,
)

_MONDAY, _THURSDAY = 0, 3
_8_TO_21 = Hours((Window(time(8), time(21)),) * 7)
_COLLECTION = frozenset({Purpose.COLLECTION})
_TCPA_READ = date(2026, 7, 1)
_REG_F_READ = date(2026, 6, 20)

HOLIDAYS = (
    Fixed("New Year's Day", 1, 1),
    Nth("Martin Luther King Day", 1, _MONDAY, 3),
    Nth("Washington's Birthday", 2, _MONDAY, 3),
    Nth("Memorial Day", 5, _MONDAY, -1),
    Fixed("Juneteenth", 6, 19),
    Fixed("Independence Day", 7, 4),
    Nth("Labor Day", 9, _MONDAY, 1),
    Nth("Columbus Day", 10, _MONDAY, 2),
    Fixed("Veterans Day", 11, 11),
    Nth("Thanksgiving", 11, _THURSDAY, 4),
    Fixed("Christmas Day", 12, 25),
)
"""5 U.S.C. 6103. No federal rule forbids calls on them; states' do."""

RULES = (
    Rule(
        "us.tcpa.consent",
        "A voice made by AI is an artificial voice: it calls only with prior express consent.",
        Consented(ConsentKind.EXPRESS),
        "47 CFR 64.1200(a)(1), (a)(3); FCC 24-17",
        date(2024, 2, 8),
        _TCPA_READ,
        channels=CALLS,
    ),
    Rule(
        "us.tcpa.written-consent",
        "Telemarketing by an artificial voice, or by automated texts, only with prior express written consent.",
        Consented(ConsentKind.WRITTEN),
        "47 CFR 64.1200(a)(2), (a)(3), (f)(9)",
        date(2013, 10, 16),
        _TCPA_READ,
        SALES,
    ),
    Rule(
        "us.tcpa.hours",
        "Telephone solicitation only between 8 a.m. and 9 p.m. local time at the called party's location.",
        _8_TO_21,
        "47 CFR 64.1200(c)(1)",
        date(2003, 10, 1),
        _TCPA_READ,
        SALES,
    ),
    Rule(
        "us.tcpa.revoked",
        "Whoever revokes consent, by any reasonable means, is not called again: at once, though ten days are given.",
        NotOptedOut(),
        "47 CFR 64.1200(a)(10), (d)(3); 89 FR 15756",
        date(2025, 4, 11),
        _TCPA_READ,
    ),
    Rule(
        "us.dnc.own",
        "A company keeps a do-not-call list of its own and honours it.",
        Unlisted(OWN_LIST),
        "47 CFR 64.1200(d)",
        date(2003, 10, 1),
        _TCPA_READ,
        SALES,
    ),
    Rule(
        "us.dnc.national",
        "No telemarketing to numbers on the national registry, in a copy not older than 31 days. The law excepts who"
        " has signed an agreement; the carrier does not.",
        Unlisted(US_LIST, timedelta(days=31)),
        "47 CFR 64.1200(c)(2); 16 CFR 310.4(b)(3)(iv); Twilio Voice Services Policy of 2024-02-27",
        date(2005, 1, 1),
        _TCPA_READ,
        SALES,
    ),
    Rule(
        "us.regf.seven-in-seven",
        "About one debt, a person is not called more than seven times within seven consecutive days.",
        Cap(7, timedelta(days=7), Counted.ATTEMPTS, Per.DEBT),
        "12 CFR 1006.14(b)(2)(i)(A)",
        date(2021, 11, 30),
        _REG_F_READ,
        _COLLECTION,
        CALLS,
    ),
    Rule(
        "us.regf.week-after-talk",
        "For seven days after a conversation about a debt, the person is not called about it.",
        Cap(1, timedelta(days=7), Counted.CONVERSATIONS, Per.DEBT),
        "12 CFR 1006.14(b)(2)(i)(B)",
        date(2021, 11, 30),
        _REG_F_READ,
        _COLLECTION,
        CALLS,
    ),
    Rule(
        "us.regf.hours",
        "About a debt, only between 8 a.m. and 9 p.m. local time at the consumer's location.",
        _8_TO_21,
        "12 CFR 1006.6(b)(1)(i)",
        date(2021, 11, 30),
        _REG_F_READ,
        _COLLECTION,
    ),
)
