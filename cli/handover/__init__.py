"""`make demo-transfer`: a caller is verified, handed over to a person at their desk, helped, and summed up.

phones    two telephones that do as they are told, and when: the caller's and the person's
people    what both say, one waiting for the other
desk      the person's page, in headless Chromium, with pictures of it
evidence  what the carrier and the record say of it all: timings, and what fell short
demo      all of it, shown, kept and judged
"""
