"""`switchboard secrets`: keys go where they belong, and are never shown."""
