"""The time zones of the states and territories, from the IANA time zone database (zone1970.tab): a state that is cut
by a border has both."""

_EASTERN, _CENTRAL, _MOUNTAIN, _PACIFIC = (
    "America/New_York",
    "America/Chicago",
    "America/Denver",
    "America/Los_Angeles",
)
_BY_ZONES = {
    (_EASTERN,): "CT DC DE GA MA MD ME NC NH NJ NY OH PA RI SC VA VT WV",
    (_CENTRAL,): "AL AR IA IL LA MN MO MS OK WI",
    (_MOUNTAIN,): "CO MT NM UT WY",
    (_PACIFIC,): "CA WA",
    (_EASTERN, _CENTRAL): "FL TN",
    (_CENTRAL, _MOUNTAIN): "KS ND NE SD TX",
    (_MOUNTAIN, _PACIFIC): "ID OR",
    (_PACIFIC, _MOUNTAIN): "NV",
    (_EASTERN, "America/Kentucky/Louisville", _CENTRAL): "KY",
    (_EASTERN, "America/Indiana/Indianapolis", _CENTRAL): "IN",
    (_EASTERN, "America/Detroit", _CENTRAL): "MI",
    ("America/Phoenix", _MOUNTAIN): "AZ",
    ("America/Anchorage", "America/Adak"): "AK",
    ("Pacific/Honolulu",): "HI",
    ("America/Puerto_Rico",): "PR",
    ("America/St_Thomas",): "VI",
    ("Pacific/Guam",): "GU",
    ("Pacific/Pago_Pago",): "AS",
    ("Pacific/Saipan",): "MP",
}
_OF_REGIONS = {f"US-{state}": zones for zones, states in _BY_ZONES.items() for state in states.split()}
ZONES: dict[str, tuple[str, ...]] = {
    "US": tuple(dict.fromkeys(zone for zones in _OF_REGIONS.values() for zone in zones)),
    **dict(sorted(_OF_REGIONS.items())),
}
