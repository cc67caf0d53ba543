"""What an utterance does, where its words alone say so: greet, thank, take leave, ask for a person, ask again."""

import re
from enum import StrEnum

from local.model.words import Utterance, any_of


class Act(StrEnum):
    """Moves of a conversation that need no tool's words to be understood."""

    GREETING = "greeting"
    THANKS = "thanks"
    GOODBYE = "goodbye"
    DONE = "nothing more"
    HUMAN = "wants a person"
    REPEAT = "say it again"
    WAIT = "hold on"
    HOW_ARE_YOU = "how are you"
    WHO = "who are you"
    ABLE = "what can you do"
    NOW = "what day or time is it"
    HEARD = "can you hear me"
    DROP = "never mind"


_WISH = r"have a (?:good|nice|great|lovely) (?:one|day|evening|night|weekend|afternoon|morning)"
_POLITE_WORD = (
    r"(?:hi|hello|hey|okay|ok|oh|well|no|yes|yeah|yep|nope|so|and|alright|all right|right|great|perfect|good|cool|sorry"
    r"|please|thanks|thank you|excellent|lovely|wonderful|awesome|just|very much|so much|a lot|wait|oops|then)"
)
_BEFORE = rf"(?:{_POLITE_WORD} )*"
_AFTER = (
    r"(?: (?:please|thanks|thank you|now|today|then|for me|again|everyone|there|very much|so much|a lot|for now|all|bye"
    rf"|goodbye|for (?:your|the) help|{_WISH}))*"
)
_PERSON = (
    r"(?:(?:a|an|the|some|any) )?(?:(?:real|actual|live|human|different|other|another) )*"
    r"(?:person|human|human being|someone|somebody|operator|representative|rep|agent|receptionist|manager|supervisor"
    r"|member of staff|staff member)"
)
_ASK = (
    r"(?:(?:can|could|may|might) i (?:please )?|(?:can|could|would) you (?:please )?|is it possible to |i must "
    r"|i(?:'d| would) (?:like|rather|prefer|love) (?:to )?|i (?:just )?(?:want|need|wanna) (?:to )?"
    r"|let me |please |get me |give me )?"
)
_TO = (
    r"(?:speak|talk|chat|connect(?: me)?|transfer(?: me)?|put me through|put me on|pass me|get through|speaking|talking"
    r"|be connected|be transferred|have)(?: (?:to|with|on to|over to))?"
)

_WHOLE: dict[Act, str] = {
    Act.GOODBYE: rf"""
        (?:good ?)?bye(?: bye)?
        see you(?: later| soon| then)?
        talk to you later
        {_WISH}
        good ?night
        take care
        i(?:'ll| will) (?:hang up|let you go)
        i(?: have to|'ve got to| need to| must| gotta) (?:go|run|leave)
        you too(?: bye)?
    """,
    Act.DONE: r"""
        (?:i think )?(?:that's|that is|that was|that will be|that'll be) (?:all|it|everything)(?: i need(?:ed)?)?
        nothing(?: else| more)?(?: for (?:now|today))?
        i'm (?:all )?(?:done|good|set|fine)
        (?:we're|we are) (?:done|good)
        all (?:done|good|set)
        no more
        not (?:today|right now|at the moment)
        i don't need anything(?: else)?
    """,
    Act.HOW_ARE_YOU: r"""
        how are you(?: doing)?
        how's it going
        how do you do
        how have you been
    """,
    Act.GREETING: r"""
        hi|hello|hey|hiya|howdy|greetings
        (?:good )?(?:morning|afternoon|evening|day)
    """,
    Act.THANKS: r"""
        (?:many )?thanks|thank you
        that's (?:great|perfect|wonderful|very helpful|helpful|lovely|kind)
        (?:i )?(?:much )?appreciated?(?: it| that)?
        cheers
    """,
    Act.WAIT: r"""
        (?:hold on|hang on|wait|bear with me)(?: (?:a|one|just a) (?:second|sec|moment|minute))?
        (?:one|just a|just one|a|give me a) (?:second|sec|moment|minute)
        let me (?:think|check|look|see)(?: for a (?:second|moment)| (?:at |in )?(?:my|the) \w+)?
        let me get my (?:calendar|diary|card|wallet|glasses|papers)
    """,
    Act.REPEAT: r"""
        what was that|what did you say|what was the question|what|huh
        (?:say|repeat)(?: that| it)?(?: again)?
        come again|one more time|again|sorry|excuse me
        (?:i beg your )?pardon(?: me)?
        (?:can|could|would) you (?:please )?(?:repeat|say)(?: that| it| the question)?(?: again| one more time)?
        i (?:didn't|did not|couldn't|can't) (?:hear|catch|get|understand|follow)(?: that| you| what you said)?
        i missed that
    """,
    Act.DROP: r"""
        never ?mind(?: that| it)?
        forget (?:it|about it|that|the whole thing)
        let's (?:not|leave it|forget it|stop)
        leave it|drop it|stop|stop it
        cancel(?: that| it| this)?
        i(?:'ve| have)? changed my mind
        i don't want (?:to|that|it|this)(?: anymore| any more)?
        start (?:over|again)
        scrap (?:that|it)
    """,
    Act.WHO: r"""
        who (?:are you|is this|am i (?:speaking|talking) (?:to|with)|do i have)
        what(?:'s| is) your name
        are you (?:a |an )?(?:real )?(?:robot|bot|machine|human|real|person|ai|computer|recording)(?: or .*)?
        are you (?:a |an )?(?:automated|virtual) (?:assistant|agent)
        is this (?:a |an )?(?:real )?(?:robot|bot|machine|recording|ai|computer|person|human)
        am i (?:speaking|talking) (?:to|with) (?:a |an )?(?:real )?(?:robot|bot|machine|human|person|ai|computer)
    """,
    Act.ABLE: r"""
        what (?:can|do) you do|what else can you do|what are you able to do
        what (?:can|could) you (?:help|do|assist)(?: me)?(?: with| for me)?
        how can you help(?: me)?
        what are (?:my|the) options
        what can i (?:ask|say|do)(?: you)?(?: here)?
        help(?: me)?|i need (?:some )?help|can you help(?: me)?
        what services do you (?:offer|have)
    """,
    Act.NOW: r"""
        what (?:time|day) is it
        what(?:'s| is) (?:the time|the date|today's date|today)
        what day is today
        do you (?:know|have) the time
        can you tell me (?:the time|the date|what (?:time|day) it is)
    """,
    Act.HEARD: r"""
        (?:can|do) you hear me
        are you (?:still )?there
        (?:is )?(?:anyone|anybody|someone|somebody) there
        hello hello
    """,
    Act.HUMAN: rf"""
        {_ASK}{_TO} {_PERSON}(?: (?:there|instead|else|who can help|in charge|about (?:this|it)))?
        {_ASK}{_PERSON}
        (?:customer (?:service|support)|front desk)
        i don't want to (?:talk|speak) to (?:a |this )?(?:robot|machine|computer|bot|ai|you)
        (?:is there )?(?:someone|anyone|a person) (?:i can|to|that i can) (?:talk|speak) (?:to|with)
    """,
}
_PATTERNS = tuple((act, re.compile(_BEFORE + any_of(lines) + _AFTER)) for act, lines in _WHOLE.items())

_CERTAIN_PERSON = r"(?:human(?: being)?|(?:real|actual|live) (?:person|human|agent)|representative|operator)"
_THAT_IS = r"(?:that's|that is|that'll be|i'm)"
_WITHIN = tuple(
    (act, re.compile(pattern))
    for act, pattern in (
        (Act.HUMAN, rf"\b(?:speak|talk|connect|transfer|put) (?:\w+ ){{0,4}}{_CERTAIN_PERSON}\b"),
        (Act.HUMAN, r"\b(?:speak|talk) (?:to|with) (?:a |an )?(?:person|someone|somebody)(?: else| instead| please|$)"),
        (Act.GOODBYE, r"(?:^|\s)(?:good ?)?bye(?: now| then)?$"),
        (Act.DONE, rf"^no(?:pe)?(?: thanks| thank you)? (?:i think )?{_THAT_IS} (?:all|it|good|done|set)\b"),
    )
)


def act_of(said: Utterance) -> Act | None:
    """The act an utterance as a whole is, or None when its words ask to be read more closely."""
    if not said.plain:
        return None
    for act, pattern in _PATTERNS:
        if pattern.fullmatch(said.plain):
            return act
    return next((act for act, pattern in _WITHIN if pattern.search(said.plain)), None)
