"""A number is wherever it may be; an address that is known is one more place, never one less."""

import re

import phonenumbers
import pytest

from shared.adapters.phone_zones import places_of
from shared.core.rules.law import RULEBOOK
from shared.core.rules.law.us_zones import ZONES
from shared.core.rules.opening import zone_of
from shared.core.rules.question import Place
from shared.core.rules.us_area_codes import STATE_OF

NEW_YORK = Place("US", "US-NY", ("America/New_York",))


@pytest.mark.parametrize(
    ("number", "place"),
    [
        ("+12125550123", NEW_YORK),
        ("+12025550123", Place("US", "US-DC", ("America/New_York",))),
        ("+19075550123", Place("US", "US-AK", ("America/Anchorage", "America/Adak"))),
        ("+17875550123", Place("US", "US-PR", ("America/Puerto_Rico",))),
        ("+16715550123", Place("US", "US-GU", ("Pacific/Guam",))),
        ("+919876543210", Place("IN")),
        ("+442079460000", Place("GB")),
        ("+447700900123", Place("GB")),
        ("+14165550123", Place("CA")),
    ],
)
def test_a_number_is_where_its_numbering_plan_says(number: str, place: Place) -> None:
    assert places_of(number, {}) == (place,)


def test_a_state_that_a_border_of_zones_cuts_has_both_of_them() -> None:
    """850 is Pensacola's: libphonenumber's own zones say New York, though most of it is on Chicago's."""
    assert places_of("+18505550123", {}) == (Place("US", "US-FL", ("America/New_York", "America/Chicago")),)


@pytest.mark.parametrize("number", ["+18005550123", "+18335550123", "+15550100123", "+19005550123"])
def test_a_number_that_tells_only_its_country_is_anywhere_in_it(number: str) -> None:
    assert places_of(number, {}) == (Place("US"),)


def test_a_number_that_tells_only_its_country_leaves_it_to_the_address() -> None:
    assert places_of("+18005550123", {"region": "US-NY"}) == (NEW_YORK,)
    assert places_of("+919876543210", {"country": "IN"}) == (Place("IN"),)


def test_an_address_elsewhere_is_one_more_place() -> None:
    oregon = Place("US", "US-OR", ("America/Los_Angeles",))
    address = {"country": "US", "region": "US-OR", "time_zone": "America/Los_Angeles"}
    assert places_of("+12125550123", address) == (NEW_YORK, oregon)
    assert places_of("+919876543210", address) == (Place("IN"), oregon)


def test_an_address_may_narrow_the_zone_of_its_own_state_only() -> None:
    tennessee = {"country": "US", "region": "TN", "time_zone": "America/Chicago"}
    assert places_of("+18005550123", tennessee) == (Place("US", "US-TN", ("America/Chicago",)),)
    odd = tennessee | {"time_zone": "America/Denver"}
    places = places_of("+18005550123", odd)
    assert places == (Place("US", "US-TN", ("America/Denver", "America/New_York", "America/Chicago")),)


def test_an_address_in_a_country_of_which_only_that_is_known() -> None:
    assert places_of("+12125550123", {"country": "US"}) == (NEW_YORK, Place("US"))


@pytest.mark.parametrize("number", ["", "12125550123", "+", "+0", "+999", "call me"])
def test_what_is_no_number_is_nowhere(number: str) -> None:
    assert places_of(number, {"region": "US-NY"}) == ()


def test_every_zone_and_state_there_is_can_be_read() -> None:
    assert all(zone_of(zone) is not None for zones in RULEBOOK.zones.values() for zone in zones)
    assert set(STATE_OF.values()) <= set(ZONES)
    assert all(re.fullmatch(r"[2-9]\d\d", code) for code in STATE_OF)
    assert len(ZONES) == 1 + 50 + 1 + 5


def test_every_area_code_of_the_numbering_plan_is_known() -> None:
    """Not so after libphonenumber learns of a new one: then it is anywhere in the country until it is added."""
    unknown = [
        code
        for code in map(str, range(200, 1000))
        if phonenumbers.region_code_for_number(number := phonenumbers.parse(f"+1{code}2550100")) == "US"
        and phonenumbers.number_type(number) == phonenumbers.PhoneNumberType.FIXED_LINE_OR_MOBILE
        and code not in STATE_OF
    ]
    assert unknown == []
