"""`switchboard number`: which numbers there are, and where their calls go."""
