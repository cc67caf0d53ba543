"""`switchboard stage` and `switchboard erase`: where a stage stands, and what it left behind."""
