"""People at telephones, for tests of calls with more than one."""

from local.carrier.handset import Answer
from local.carrier.phones.script import Play, Script, Step
from local.carrier.server import CallHandle
from local.carrier.sound import interleave, tone, wav_header
from local.carrier.tones import tune
from tests.local.carrier.office import Telephony

HUMAN = "+14155550111"
OTHER = "+14155550112"
DESK = "sip:desk@pbx.example.test"


def voice(duration_ms: int = 400, hz: int = 300) -> Play:
    """Somebody speaks: a tone."""
    return Play(wav=wav_header(1, 8 * duration_ms) + interleave(tone(hz, duration_ms)))


def speech(duration_ms: int) -> Play:
    """Several frequencies at once, as in a voice and unlike a beep."""
    return Play(wav=wav_header(1, 8 * duration_ms) + interleave(tune()[: 8 * duration_ms]))


def someone(
    line: Telephony,
    *steps: Step,
    at: str = HUMAN,
    ring_ms: int = 0,
    answer: Answer | None = Answer.PICKED_UP,
) -> None:
    """Somebody is at this number or SIP address, each time it is called."""
    line.carrier.exchange.phones[at] = lambda: Script(*steps, ring_ms=ring_ms, answer=answer)


def legs(line: Telephony, *, of: CallHandle) -> list[CallHandle]:
    """The calls its <Dial>s made, oldest first."""
    return [call for call in line.carrier.calls() if line.carrier.exchange.calls[call.sid].record.parent_sid == of.sid]
