"""`switchboard rules`: what the calling rules say, and the do-not-call lists they look at."""
