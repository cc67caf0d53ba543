"""United Kingdom: the least there is. Only automated calls are made from here, so the rules for live ones are not."""

from datetime import date

from shared.core.rules.person import ConsentKind
from shared.core.rules.rule import SALES, Consented, Rule

RULES = (
    Rule(
        "gb.pecr.consent",
        "Automated marketing calls only with the subscriber's own prior consent to such calls.",
        Consented(ConsentKind.WRITTEN),
        "Privacy and Electronic Communications Regulations 2003 (SI 2003/2426), reg. 19; ICO's guidance on it",
        date(2003, 12, 11),
        date(2022, 10, 4),
        SALES,
    ),
)
