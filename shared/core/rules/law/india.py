"""India: TRAI's TCCCPR 2018 with its amendments, the Reserve Bank, and what cannot be done there from abroad."""

from datetime import date, time, timedelta

from shared.core.rules.person import Channel, ConsentKind, Purpose
from shared.core.rules.rule import (
    CALLS,
    SALES,
    CallerId,
    Consented,
    Forbidden,
    Hours,
    Rule,
    Unlisted,
    Window,
)

_TCCCPR = "TCCCPR 2018"
_AMENDED = "TCCCPR 2018, second amendment of 2025-02-12 (CG-DL-E-18022025-261096)"
_READ = date(2026, 3, 15)
_GUIDELINE_READ = date(2026, 7, 1)
_MONEY = frozenset({Purpose.COLLECTION})

RULES = (
    Rule(
        "in.twilio.calls",
        "Twilio cannot call within India, nor show a number of the 140 or 1600 series: commercial calls need an Indian"
        " operator, who was told before of the automatic dialler.",
        Forbidden("twilio"),
        f"twilio.com/guidelines/in/voice; {_AMENDED}",
        date(2025, 2, 12),
        _GUIDELINE_READ,
        channels=CALLS,
    ),
    Rule(
        "in.twilio.texts",
        "Twilio's texts reach India past the preference register and its hours, and may not be about money or loans.",
        Forbidden("twilio"),
        "twilio.com/guidelines/in/sms",
        _GUIDELINE_READ,
        _GUIDELINE_READ,
        SALES | _MONEY,
        frozenset({Channel.SMS}),
    ),
    Rule(
        "in.trai.hours",
        "Promotion only between 10 and 21 o'clock, the band that holds where a subscriber has chosen none.",
        Hours((Window(time(10), time(21)),) * 7),
        f"{_TCCCPR}; reply in Lok Sabha, November 2019",
        date(2019, 2, 28),
        _READ,
        SALES,
    ),
    Rule(
        "in.trai.preference",
        "No promotion to subscribers who do not want it: the operator's register, in a copy not older than a day.",
        Unlisted("in-preference", timedelta(days=1)),
        _TCCCPR,
        date(2019, 2, 28),
        _READ,
        SALES,
    ),
    Rule(
        "in.trai.consent",
        "Promotion only with the subscriber's explicit, recorded consent.",
        Consented(ConsentKind.WRITTEN),
        _AMENDED,
        date(2025, 2, 12),
        _READ,
        SALES,
    ),
    Rule(
        "in.trai.series-140",
        "Promotional calls only from numbers of the 140 series.",
        CallerId(("+91140",)),
        _AMENDED,
        date(2025, 2, 12),
        _READ,
        SALES,
        CALLS,
    ),
    Rule(
        "in.trai.series-1600",
        "Service calls only from numbers of the 1600 series.",
        CallerId(("+911600",)),
        f"{_AMENDED}; TRAI's dates for banks, funds, brokers",
        date(2026, 1, 1),
        _READ,
        frozenset(Purpose) - SALES,
        CALLS,
    ),
    Rule(
        "in.rbi.recovery-hours",
        "Nobody is called about an overdue loan before 8 or after 19 o'clock.",
        Hours((Window(time(8), time(19)),) * 7),
        "Reserve Bank of India, circular of 2022-08-12 on recovery agents",
        date(2022, 8, 12),
        date(2022, 8, 12),
        _MONEY,
    ),
)
