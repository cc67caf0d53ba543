"""A stand-in for Twilio's voice platform on loopback, speaking Twilio's own protocol.

The product's code meets here what it meets in the cloud: signed webhooks, TwiML that is fetched and obeyed, a media
socket on a true clock, status callbacks, REST. What an operator of the stand-in needs beyond Twilio's API (phones
that call in, timelines, recordings of both sides) is under `/lab`.

    exchange    what all calls share: routes, speech, recordings, numbers, phones
    call        one call: its life, its documents, its callbacks
    verbs/      what each TwiML verb does, one file a verb
    line        the two voices of a call on one 20 ms clock
    stream      the media socket of <Connect><Stream>
    phones/     who is at the other end: a script, a WAV file, a browser
    rest/, lab  the two HTTP faces
"""
