"""Whole calls at virtual time: the real streaming app, webhooks and carrier in one process whose clock only jumps.

virtual_time   the event loop that never waits
network        the carrier's connections, led straight into the ASGI apps
speech         sound whose words can be read back from it
hearing, ...   the vendors behind the ports, with the delays of real ones
stage          a whole deployment
scenario       a call as a file: what the caller does, and what has to come of it
evidence       what a call left behind, and how it falls short of what its scenario expects
faults/        every vendor and store, broken in every way, in every phase of a call
"""
