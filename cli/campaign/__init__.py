"""`switchboard event` and `switchboard campaign`: what makes the phone ring, and what became of it."""
