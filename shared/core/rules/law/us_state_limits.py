"""What states demand besides hours: consent in writing, a human voice, fewer calls, none in an emergency."""

from datetime import date, timedelta

from shared.core.rules.person import Channel, ConsentKind, Purpose
from shared.core.rules.rule import (
    CALLS,
    CALLS_AND_TEXTS,
    SALES,
    Cap,
    Consented,
    Counted,
    Demand,
    Forbidden,
    Per,
    Rule,
    Suspended,
)

_PITCHES = frozenset({Purpose.SALES, Purpose.SURVEY})
_COLLECTION = frozenset({Purpose.COLLECTION})
_WRITTEN = Consented(ConsentKind.WRITTEN)
_THREE_A_DAY = Cap(3, timedelta(days=1))
_TWO_A_WEEK = Cap(2, timedelta(days=7), Counted.ATTEMPTS, Per.DEBT)


def _rule(
    name: str,
    text: str,
    demand: Demand,
    source: str,
    effective: date,
    read: date,
    purposes: frozenset[Purpose] = SALES,
    channels: frozenset[Channel] = CALLS_AND_TEXTS,
) -> Rule:
    return Rule(f"us-{name}", text, demand, source, effective, read, purposes, channels)


RULES = (
    _rule(
        "ca.human-first",
        "A human voice must ask first whether an artificial one may speak. None does here: no sales, no surveys.",
        Forbidden(),
        "Cal. Pub. Util. Code 2874 (AB 2905 of 2024)",
        date(2025, 1, 1),
        date(2026, 6, 16),
        _PITCHES,
        CALLS,
    ),
    _rule(
        "ct.written-consent",
        "Telephonic sales calls, texts too, only with prior express written consent.",
        _WRITTEN,
        "Conn. Gen. Stat. 42-288a (P.A. 23-98)",
        date(2023, 10, 1),
        date(2024, 12, 31),
    ),
    _rule(
        "fl.three-a-day",
        "At most three commercial solicitations in 24 hours, whatever the number called from.",
        _THREE_A_DAY,
        "Fla. Stat. 501.616(6)(b)",
        date(2021, 7, 1),
        date(2025, 7, 1),
    ),
    _rule(
        "la.emergency",
        "No telephonic solicitation while the Public Service Commission has to report to the emergency centre.",
        Suspended(),
        "LPSC General Order R-29617; lpsc.louisiana.gov/DNC_Emergency",
        date(2024, 9, 24),
        date(2024, 9, 24),
    ),
    _rule(
        "ma.debt",
        "A creditor calls or writes about one debt at most twice in seven days.",
        _TWO_A_WEEK,
        "940 CMR 7.04(1)(f)",
        date(2024, 9, 27),
        date(2024, 9, 27),
        _COLLECTION,
    ),
    _rule(
        "md.three-a-day",
        "At most three solicitations, calls and texts together, in 24 hours.",
        _THREE_A_DAY,
        "Md. Code, Com. Law 14-4502 (SB 90 of 2023)",
        date(2024, 1, 1),
        date(2024, 3, 8),
        _PITCHES,
    ),
    _rule(
        "md.written-consent",
        "Solicitation by an automated system only with prior express written consent.",
        _WRITTEN,
        "Md. Code, Com. Law 14-4502(a)(3)",
        date(2024, 1, 1),
        date(2024, 3, 8),
    ),
    _rule(
        "ny.emergency",
        "No telemarketing to places under a declared state of emergency.",
        Suspended(),
        "N.Y. Gen. Bus. Law 399-z(5-a), 399-pp(7)(f)",
        date(2019, 12, 18),
        date(2025, 1, 9),
    ),
    _rule(
        "ok.three-a-day",
        "At most three commercial solicitations in 24 hours.",
        _THREE_A_DAY,
        "15 Okla. Stat. 775C.4 (HB 3168 of 2022)",
        date(2022, 11, 1),
        date(2025, 7, 1),
    ),
    _rule(
        "wa.no-artificial-voice",
        "Automatic dialing and announcing devices are not used for commercial solicitation.",
        Forbidden(),
        "RCW 80.36.400",
        date(2024, 1, 1),
        date(2024, 1, 1),
        SALES,
        CALLS,
    ),
    _rule(
        "wy.no-artificial-voice",
        "No telephonic sales calls by an automated system for dialing, or with a recorded message.",
        Forbidden(),
        "Wyo. Stat. 40-12-303(a)",
        date(2016, 1, 1),
        date(2016, 1, 1),
        SALES,
        CALLS,
    ),
)
