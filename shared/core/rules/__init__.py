"""When a person may be called, and why: pure, failing closed, the rules themselves as data with source and date."""
