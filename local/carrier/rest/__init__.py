"""Twilio's REST API (2010-04-01): calls, incoming phone numbers, recordings."""
