"""Twilio's REST API (2010-04-01): the account, calls, incoming phone numbers, recordings."""
