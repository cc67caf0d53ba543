"""Yes and no, with the ways people soften and turn them."""

import re

from local.model.words import any_of

_TURNED_YES = any_of(r"""
    no problem|not a problem|no worries|why not|no complaints
    no,? that(?:'s| is) (?:right|correct|fine|good|great|perfect|it)
    (?:i )?don't mind
""")
_NO = any_of(r"""
    no|nope|nah|never|wrong|incorrect|negative
    not (?:right|correct|quite|really|exactly|yet|that|at all|today|now)
    (?:is|are|was)n't
    i don't(?: think so| want| need|$)|don't|do not
    i'm not|i am not|i haven't|i have not|that's not|that is not|i can't|it's not|it isn't
    (?:rather|absolutely|definitely|of course|certainly|probably|maybe|perhaps|i (?:think|guess|suppose|hope)) not
    i won't|won't be able|unable|can't make it
""")
_YES = any_of(r"""
    yes|yeah|yep|yup|ya|yah|yea|sure|correct|right|exactly|absolutely|definitely|certainly|of course|affirmative
    indeed|true
    please do|go ahead|go for it|book it|do it|you got it|i (?:think|guess|suppose|hope) so
    sounds? (?:good|great|fine|right|perfect)|looks? good|perfect|great|fine|good|ok|okay|alright|all right
    that works|works for me|that would be (?:good|great|fine|perfect|lovely)
    i do|i am|i have|i would|it is|that is|that's (?:it|right|correct|fine|good|great|perfect|me)
""")
_PATTERNS = tuple(re.compile(rf"(?<!\S){each}(?!\S)") for each in (_TURNED_YES, _NO, _YES))


def agreement(plain: str) -> bool | None:
    """Whether `plain` (lower-cased words) agrees, refuses, or (None) does neither."""
    turned, refusing, agreeing = (pattern.search(plain) for pattern in _PATTERNS)
    if turned:
        return True
    if refusing and agreeing:
        before = plain[: refusing.start()].split()
        return agreeing.start() < refusing.start() and before[-1] not in ("yeah", "yes", "okay", "ok", "well")
    if refusing:
        return False
    return True if agreeing else None
