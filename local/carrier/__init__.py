"""A stand-in for Twilio's voice platform on loopback, speaking Twilio's own protocol.

The product's code meets here what it meets in the cloud: signed webhooks, TwiML that is fetched and obeyed, media
sockets on a true clock, status callbacks, REST. What an operator of the stand-in needs beyond Twilio's API (phones that
call in and are called, timelines, recordings of every side) is under `/lab`.

    exchange    what all calls share: routes, speech, recordings, numbers, phones; places calls
    call        one call: its life, its documents, its callbacks
    verbs/      what each TwiML verb does, one file a verb or noun
    line        the two voices of a call on one 20 ms clock
    stream      a media socket: two_way for <Connect><Stream>, one_way for <Start><Stream>
    phones/     who is at the other end: a script, a browser; callees: people and machines that are called
    rest/, lab/ the two HTTP faces

Of calls and text messages that the account orders:

    limits      what it may do and how fast: calls a second, calls and requests at once, numbers that are refused
    answering_machine  who answered, by ear
    texts       messages sent and received, STOP and START
    trouble     what goes wrong on purpose: orders, lines, callbacks

With more than one call together:

    legs        the parties a <Dial> rings, and which of them is connected
    bridge      two calls connected with each other
    room        who hears whom: the sum of the others, 40 ms later
    conference  its participants, what it tells the account, its recording
    queues      who waits, and who takes them
    taskrouter  workers and tasks; assignment: the callback that says what to do with one
    tracks      a call with everybody in it, one track a voice

Where Twilio's documents say nothing, this is what happens here: a caller who hangs up while a leg rings leaves
DialCallStatus `canceled`; a whisper that hangs up leaves `completed` with DialBridged `false`; a task nobody took in
time lets its call leave the queue; an order beyond the calls an account may have at once is refused (10004); a text
tells `sent` and what became of it, nothing of its waiting. What is not simulated is in a call's timeline
(`not-simulated`), or refused.
"""
