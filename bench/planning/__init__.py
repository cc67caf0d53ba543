"""How long it takes to plan a million contacts, and the calendar that comes of it."""
