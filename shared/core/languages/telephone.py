"""How people and machines speak when a telephone is picked up, as patterns of folded words with blanks between."""

import re
from dataclasses import dataclass, fields
from typing import Self

from shared.core.words import fold, words_of

type Patterns = tuple[re.Pattern[str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Telephone:
    opt_out: Patterns
    """Does not want to be called again."""
    mailbox: Patterns
    screening: Patterns
    """A robot that asks who calls, or has the caller wait for its owner."""
    menu: Patterns
    unavailable: Patterns
    """The network's announcement: not now."""
    not_in_service: Patterns
    """And: not ever."""
    greeting: Patterns
    """The first words of somebody who has just picked up, and all of them."""
    it_is_me: Patterns
    names_self: Patterns
    """What stands before one's own name."""
    wrong_number: Patterns
    away: Patterns
    """The person is not there."""
    fetching: Patterns
    """Somebody is about to bring them to the telephone."""
    who_is_it: Patterns
    """Wants to know who calls, and why."""

    def mixed_with(self, other: "Telephone") -> Self:
        return type(self)(**{each.name: getattr(self, each.name) + getattr(other, each.name) for each in fields(self)})


def any_of(*alternatives: str) -> Patterns:
    """Anywhere among the words; each alternative is a regular expression of words."""
    return (re.compile(rf"(?:^| )(?:{'|'.join(map(fold, alternatives))})(?= |$)"),)


def all_of_it(*alternatives: str) -> Patterns:
    """The whole utterance."""
    return (re.compile(rf"^(?:{'|'.join(map(fold, alternatives))})$"),)


def says(patterns: Patterns, text: str) -> bool:
    words = " ".join(words_of(text))
    return any(pattern.search(words) for pattern in patterns)


_US = "(?: (?:me|us|here|this (?:number|phone|line)|my (?:number|phone|house|cell)))?+"
_AGAIN = "(?: (?:again|any ?more|anymore|ever|back))*+"
_AT_TIMES = "(?! (?:before|until|till|at|after|on|today|tomorrow|tonight|this|in|while|when|so))"
"""Who only names a bad moment wants to be called at another."""
_NAME = "(?:name|number|phone number)"

ENGLISH_TELEPHONE = Telephone(
    opt_out=any_of(
        rf"(?:stop|quit|cease) (?:calling|phoning|ringing|contacting|bothering|the calls|these calls){_US}{_AGAIN}",
        rf"(?:do not|don't|dont|never|not to) (?:ever )?(?:call|phone|ring|contact){_US}{_AGAIN}{_AT_TIMES}",
        rf"no more (?:phone )?calls{_AT_TIMES}",
        r"(?:take|get) (?:me|us|my \w+(?: \w+)?|this number) (?:off|out of)",
        rf"(?:remove|delete|unlist) (?:me|us|my {_NAME}|this {_NAME})(?: from)?",
        r"put me on (?:the|your) (?:do not|don't) call list",
        "unsubscribe(?: me)?",
        "opt(?:ing)?(?: me)? out",
    ),
    mailbox=any_of(
        r"(?:leave|record|send)(?: (?:me|us|him|her|them|it))?(?: (?:an?|your|the))(?: \w+){0,2} (?:message|voicemail)",
        r"leave (?:a|your) (?:name|message|number)(?: \w+){0,3}",
        "(?:after|at|hear|wait for) the (?:tone|beep|signal)",
        "voice ?mail(?: ?box)?",
        "mail ?box",
        r"(?:can't|cannot|can not|couldn't|could not|unable to|not able to|isn't able to)"
        r" (?:come to|get to|answer|take|pick up)(?: \w+){1,3}",
        "(?:get|call) (?:right )?back to you",
        "(?:return|get back to) your call",
        "you(?:'ve| have) reached the(?: \\w+){0,3} of",
        "i(?:'m| am) (?:not available|unavailable|away from (?:my|the) (?:phone|desk))",
    ),
    screening=any_of(
        r"(?:record|state|say|give|tell me) your name(?: and)?(?: the| your)? (?:reason|purpose|why)(?: \w+){0,4}",
        "if you (?:record|say|state|give) your name",
        "please (?:say|state|record) your name",
        r"see if (?:this|the|your) (?:person|party|caller|subscriber|\w+)(?: is|'s)? available",
        "see if (?:he|she|they|\\w+)(?: is|'s| are)? available",
        "reason for (?:your call|calling)",
        r"(?:call )?screening (?:service|this|your|the|assistant)",
        "(?:uses|using) (?:a |call )?screening",
        "(?:stay|remain) on the line",
        "(?:we are|i'm|i am) (?:now )?(?:connecting|trying to (?:reach|connect))(?: \\w+){0,4}",
    ),
    menu=any_of(
        r"(?:press|dial|say) (?:one|two|three|four|five|six|seven|eight|nine|zero|star|pound|\d) (?:for|to|if)",
        r"for [\w ']{2,40} (?:press|dial|say) (?:one|two|three|four|five|six|seven|eight|nine|zero|\d)",
        "(?:main|following) menu",
        "menu (?:options|has changed|have changed)",
        "listen carefully",
        "your call is (?:very )?important",
        "all (?:of )?our (?:agents|representatives|operators|lines)",
    ),
    unavailable=any_of(
        "switched off",
        "(?:not|isn't) (?:reachable|responding|answering)",
        r"(?:person|party|customer|subscriber|number|caller) you(?:'re| are| have|'ve)? (?:trying|calling|called|dialed"
        r"|dialled)(?: \w+){0,5} (?:unavailable|not available|busy|cannot be reached|not accepting)",
        "try (?:again|your call again) later",
        "out of (?:the )?(?:coverage|network|reach)(?: area)?",
        "is not accepting calls(?: \\w+){0,3}",
    ),
    not_in_service=any_of(
        "(?:not|no longer) in service",
        "(?:has been|is|was) (?:temporarily )?disconnected",
        "(?:not a|isn't a|is not a) (?:working|valid) number",
        "(?:cannot|could not|can't) be (?:completed|connected) as (?:dialed|dialled|entered)",
        "number (?:you (?:have )?(?:dialed|dialled|called) )?does not exist",
        "check the number(?: and)?",
    ),
    greeting=all_of_it(
        "(?:(?:hello|hi|hey|yes|yeah|yep|good (?:morning|afternoon|evening))(?: there| hello| yes)*)",
        r"(?:hello |hi |yes )*(?:who is|who's) (?:this|it|calling|there|speaking)",
        r"(?:hello |hi |yes )*(?:how )?(?:can|may) i help you",
    ),
    it_is_me=any_of(
        "speaking",
        "this is (?:he|she|him|her|me|myself)",
        "(?:it's|that's|that is|it is|that would be) me",
        "i am (?:he|she)",
        "you(?:'ve got| have|'re speaking (?:to|with)|'re talking to) (?:me|him|her)",
        "how can i help(?: you)?",
    ),
    names_self=any_of("this is", "i'm", "i am", "it's", "it is", "my name is", "my name's"),
    wrong_number=any_of(
        "wrong (?:number|person|house)",
        r"(?:no one|nobody|no \w+) (?:here )?(?:by|with|of|called) (?:that|this)(?: name)?",
        "(?:don't|do not) know (?:him|her|them|anyone|anybody|any|that person|who that is)",
        r"(?:there's|there is) no(?: one| body)? \w+ here",
        "(?:no longer|doesn't|does not|don't) (?:live|work|have this number)(?: \\w+){0,2}",
        "(?:passed away|deceased|has died)",
    ),
    away=any_of(
        "(?:not|isn't|ain't) (?:here|home|at home|available|in|around|there)(?: right now| at the moment)?",
        "(?:he's|she's|they're|he is|she is|they are) (?:out|busy|away|asleep|sleeping|driving|at \\w+|in \\w+)",
        "(?:just missed|stepped out|come back later|call (?:back )?later)",
        "(?:this is|i'm|i am) (?:her|his|their) \\w+",
    ),
    fetching=any_of(
        "(?:hold|hang) on(?: a \\w+)?",
        "(?:one|just a|just one|a) (?:moment|second|sec|minute)",
        "(?:i'll|i will|let me) (?:get|go get|grab|fetch|call) (?:him|her|them|\\w+)",
    ),
    who_is_it=any_of(
        "(?:who|who's|who is|who are)(?: is)? (?:this|calling|you|speaking|it)",
        "(?:what's|what is|what) (?:this|it|is this|is it)(?: call)? (?:about|regarding|concerning|for)",
        "where (?:are you|is this) calling from",
        "(?:what do you want|why are you calling|who do you work for|which company)",
    ),
)
