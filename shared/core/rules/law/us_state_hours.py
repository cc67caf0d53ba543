"""Hours and days of the states that are stricter than the federal ones.

Exceptions that a statute makes (members, business relationships) are not made use of. Where it does not say since when
it is in force, the day of the copy that was read stands for it.
"""

from datetime import date, time

from shared.core.rules.holidays import Fixed, FromEaster, Holiday, Nth, Weekends
from shared.core.rules.law import us
from shared.core.rules.person import Channel, Purpose
from shared.core.rules.rule import CALLS, CALLS_AND_TEXTS, EVERY_PURPOSE, SALES, Hours, Rule, Window

_MONDAY = 0
_PITCHES = frozenset({Purpose.SALES, Purpose.SURVEY})
_TABLE = "hours by the table of dropcowboy.com/state-compliance, 2025-11-01"
_TABLE_READ = date(2025, 11, 1)
_CLICKPOINT = "by the table of clickpointsoftware.com, 2025-07"
_STAYS = Weekends.STAYS

_MARDI_GRAS = FromEaster("Mardi Gras", -47)
_GOOD_FRIDAY = FromEaster("Good Friday", -2)
_ELECTION = Nth("Election Day", 11, _MONDAY, 1, after=1)

_AL_HOLIDAYS = (
    *us.HOLIDAYS,
    _MARDI_GRAS,
    Nth("Confederate Memorial Day", 4, _MONDAY, 4),
    Nth("Jefferson Davis' Birthday", 6, _MONDAY, 1),
)
_LA_HOLIDAYS = (
    *us.HOLIDAYS,
    Fixed("Battle of New Orleans", 1, 8, _STAYS),
    Fixed("Robert E. Lee Day", 1, 19, _STAYS),
    _MARDI_GRAS,
    _GOOD_FRIDAY,
    Fixed("Confederate Memorial Day", 6, 3, _STAYS),
    Fixed("Huey P. Long Day", 8, 30, _STAYS),
    Fixed("All Saints' Day", 11, 1, _STAYS),
    _ELECTION,
)
_PA_HOLIDAYS = (*us.HOLIDAYS, _GOOD_FRIDAY, Fixed("Flag Day", 6, 14), _ELECTION)
_RI_HOLIDAYS = (
    *us.HOLIDAYS,
    Fixed("Rhode Island Independence Day", 5, 4),
    Nth("Victory Day", 8, _MONDAY, 2),
    _ELECTION,
)
_UT_HOLIDAYS = (*us.HOLIDAYS, Fixed("Pioneer Day", 7, 24))


def _from(opens: int, closes: int) -> Window:
    return Window(time(opens), time(closes))


def _week(weekday: Window, saturday: Window | None, sunday: Window | None, holidays: tuple[Holiday, ...] = ()) -> Hours:
    return Hours((*(weekday,) * 5, saturday, sunday), holidays)


def _daily(window: Window, holidays: tuple[Holiday, ...] = ()) -> Hours:
    return _week(window, window, window, holidays)


def _six_days(window: Window, holidays: tuple[Holiday, ...] = ()) -> Hours:
    return _week(window, window, None, holidays)


def _rule(
    state: str,
    text: str,
    hours: Hours,
    source: str,
    effective: date,
    read: date | None = None,
    purposes: frozenset[Purpose] = SALES,
    channels: frozenset[Channel] = CALLS_AND_TEXTS,
) -> Rule:
    return Rule(f"us-{state}.hours", text, hours, source, effective, read or effective, purposes, channels)


RULES = (
    _rule(
        "al",
        "Automated solicitation only Monday to Saturday between 8 a.m. and 8 p.m., not on holidays.",
        _six_days(_from(8, 20), _AL_HOLIDAYS),
        "Ala. Admin. Code r. 770-X-5-.17(1)(b)",
        date(2024, 11, 27),
    ),
    _rule(
        "ca",
        "An automatic dialing-announcing device does not call between 9 p.m. and 9 a.m.",
        _daily(_from(9, 21)),
        "Cal. Pub. Util. Code 2872(c)",
        date(1980, 1, 1),
        date(2025, 6, 9),
        EVERY_PURPOSE,
        CALLS,
    ),
    _rule(
        "ct",
        "Telephonic sales calls only between 9 a.m. and 8 p.m.",
        _daily(_from(9, 20)),
        f"Conn. Gen. Stat. 42-288a; {_TABLE}",
        date(2023, 10, 1),
        _TABLE_READ,
    ),
    _rule(
        "fl",
        "Commercial solicitation only between 8 a.m. and 8 p.m. in the called person's time zone.",
        _daily(_from(8, 20)),
        "Fla. Stat. 501.616(6)(a)",
        date(2021, 7, 1),
        date(2025, 7, 1),
    ),
    _rule(
        "il",
        "Calls with a recorded or artificial voice only between 9 a.m. and 9 p.m.",
        _daily(_from(9, 21)),
        f"815 ILCS 305; hours {_CLICKPOINT}",
        date(2025, 7, 1),
        None,
        _PITCHES,
        CALLS,
    ),
    _rule(
        "ky",
        "Telephone solicitation only between 10 a.m. and 9 p.m.",
        _daily(_from(10, 21)),
        f"KRS 367.46955; {_TABLE}",
        _TABLE_READ,
    ),
    _rule(
        "la",
        "Telephonic solicitation only Monday to Saturday between 8 a.m. and 8 p.m., not on holidays.",
        _six_days(_from(8, 20), _LA_HOLIDAYS),
        f"LPSC General Order R-29617; {_TABLE}",
        date(2024, 9, 24),
        _TABLE_READ,
    ),
    _rule(
        "ma",
        "Telephonic sales calls only between 8 a.m. and 8 p.m. at the consumer's location.",
        _daily(_from(8, 20)),
        "201 CMR 12.02(2)",
        date(2024, 9, 27),
    ),
    _rule(
        "md",
        "Telephone solicitation only between 8 a.m. and 8 p.m. in the called party's time zone.",
        _daily(_from(8, 20)),
        "Md. Code, Com. Law 14-4502 (SB 90 of 2023)",
        date(2024, 1, 1),
        date(2024, 3, 8),
        _PITCHES,
    ),
    _rule(
        "mn",
        "An automatic dialing-announcing device calls only between 9 a.m. and 9 p.m.",
        _daily(_from(9, 21)),
        f"Minn. Stat. 325E.30; {_TABLE}",
        date(2016, 4, 21),
        _TABLE_READ,
        EVERY_PURPOSE,
        CALLS,
    ),
    _rule(
        "ms",
        "Solicitation only Monday to Saturday between 8 a.m. and 9 p.m. Holidays are allowed since 2023.",
        _six_days(_from(8, 21)),
        "Miss. Code 77-3-723(1), 77-3-603(a)",
        date(2024, 6, 3),
    ),
    _rule(
        "ne",
        "Messages with a recorded voice only between 8 a.m. and 9 p.m., on Sundays and holidays from 1 p.m.",
        Hours((*(_from(8, 21),) * 6, _from(13, 21)), us.HOLIDAYS, _from(13, 21)),
        f"291 Neb. Admin. Code 11-003; hours {_CLICKPOINT}",
        date(2025, 7, 1),
        None,
        _PITCHES,
        CALLS,
    ),
    _rule(
        "nm",
        "Telephone solicitation only between 9 a.m. and 9 p.m.",
        _daily(_from(9, 21)),
        f"N.M. Stat. 57-12-22(B)(5); {_TABLE}",
        date(2006, 1, 1),
        _TABLE_READ,
    ),
    _rule(
        "nv",
        "An automatic dialing and announcing device does not call between 9 p.m. and 9 a.m.",
        _daily(_from(9, 21)),
        "NRS 597.814(2)(a)",
        date(2024, 6, 29),
        None,
        EVERY_PURPOSE,
        CALLS,
    ),
    _rule(
        "ny",
        "Telemarketing only between 8 a.m. and 9 p.m. at the location of the customer.",
        _daily(_from(8, 21)),
        "N.Y. Gen. Bus. Law 399-z(2)",
        date(2019, 12, 18),
        date(2025, 1, 9),
    ),
    _rule(
        "ok",
        "Commercial solicitation only between 8 a.m. and 8 p.m. in the called person's time zone.",
        _daily(_from(8, 20)),
        "15 Okla. Stat. 775C.4 (HB 3168 of 2022)",
        date(2022, 11, 1),
        date(2025, 7, 1),
    ),
    _rule(
        "pa",
        "Telemarketing only between 8 a.m. and 9 p.m., not on legal holidays.",
        _daily(_from(8, 21), _PA_HOLIDAYS),
        "73 P.S. 2245(a)(1), 2245.2",
        date(2019, 12, 3),
    ),
    _rule(
        "ri",
        "Sales calls only Monday to Friday from 9 a.m. to 6 p.m., Saturday from 10 a.m. to 5 p.m., not on holidays.",
        _week(_from(9, 18), _from(10, 17), None, _RI_HOLIDAYS),
        "R.I. Gen. Laws 5-61-2(2), 5-61-3.6",
        date(1999, 7, 8),
        date(2024, 1, 1),
    ),
    _rule(
        "sd",
        "An automated telephone dialing system solicits only on weekdays between 9 a.m. and 9 p.m.",
        _week(_from(9, 21), None, None),
        "S.D. Codified Laws 37-30-28",
        date(1991, 7, 1),
        date(2024, 1, 1),
        SALES,
        CALLS,
    ),
    _rule(
        "tx",
        "Solicitation only Monday to Saturday between 9 a.m. and 9 p.m., Sunday from noon.",
        _week(_from(9, 21), _from(9, 21), _from(12, 21)),
        f"Tex. Bus. & Com. Code 301.051; {_TABLE}",
        date(2009, 4, 1),
        _TABLE_READ,
    ),
    _rule(
        "ut",
        "Telephone solicitation only Monday to Saturday between 8 a.m. and 9 p.m., not on legal holidays.",
        _six_days(_from(8, 21), _UT_HOLIDAYS),
        "Utah Code 13-25a-103(3)",
        date(2025, 1, 1),
    ),
    _rule(
        "wa",
        "Commercial solicitation only between 8 a.m. and 8 p.m. at the recipient's local time.",
        _daily(_from(8, 20)),
        "RCW 19.158.040(2)",
        date(1990, 1, 1),
        date(2024, 1, 1),
    ),
)
