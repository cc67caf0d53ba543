"""Where a number may be, by the numbering plan (`phonenumbers`, Google's libphonenumber) and the address on file."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Final

import phonenumbers
from phonenumbers import NumberParseException

from shared.core.rules.law.us_zones import ZONES
from shared.core.rules.question import Place
from shared.core.rules.us_area_codes import STATE_OF

_TERRITORIES: Final = frozenset({"AS", "GU", "MP", "PR", "VI"})
"""Countries of their own to the numbering plan, states to the law of the United States."""


def places_of(number: str, address: Mapping[str, str]) -> tuple[Place, ...]:
    """Where the person may be: where the number is from, and where they live; both count.

    `address` may have `country` (US), `region` (US-FL, or FL) and `time_zone`; a postal code is not looked up. A number
    that tells only its country, as toll-free ones do, is anywhere in it if there is no address, and where the
    address is if there is. A number that is none is nowhere: the rules forbid it.
    """
    by_number, by_address = _of_number(number), _of_address(address)
    if by_number is None:
        return ()
    if by_address is None:
        return (by_number,)
    if by_number in (by_address, Place(by_address.country)):
        return (by_address,)
    return (by_number, by_address)


@lru_cache(maxsize=65_536)
def _of_number(number: str) -> Place | None:
    try:
        parsed = phonenumbers.parse(number)
    except NumberParseException:
        return None
    country = phonenumbers.region_code_for_number(parsed) or phonenumbers.region_code_for_country_code(
        parsed.country_code or 0
    )
    if country in _TERRITORIES:
        return _in_region(f"US-{country}")
    state = STATE_OF.get(str(parsed.national_number)[:3]) if country == "US" else None
    return Place(country, state or "", ZONES.get(state or "", ()))


def _of_address(address: Mapping[str, str]) -> Place | None:
    region, zone = address.get("region", ""), address.get("time_zone", "")
    country = address.get("country", "") or region.partition("-")[0]
    if not country:
        return None
    if country in _TERRITORIES:
        country, region = "US", f"US-{country}"
    if region and "-" not in region:
        region = f"{country}-{region}"
    known = ZONES.get(region, ())
    zones = (zone,) if zone in known or not known else (zone, *known)
    return Place(country, region, zones if zone else known)


def _in_region(region: str) -> Place:
    return Place("US", region, ZONES[region])
