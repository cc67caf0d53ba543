"""What a TwiML verb is to the interpreter: the grammar of its element, and the coroutine that does it."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from local.carrier.call import Call
from local.carrier.page import Next, Page
from local.carrier.twiml import Element, Rule

type Perform = Callable[[Call, Element, Page], Awaitable[Next]]


@dataclass(frozen=True, slots=True)
class Verb:
    """`perform` may be cancelled at any await (the call ended or was redirected) and leaves the line as it found it.

    `answers`: whether doing it picks up a call that is still ringing.
    """

    rule: Rule
    perform: Perform
    answers: Callable[[Element], bool] = lambda element: True
