"""`make demo-campaign`: fifty business events, and the calls that come of them."""
