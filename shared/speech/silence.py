"""Silence in the sound of a telephone line, as far as a recogniser's messages depend on it."""

from typing import Final

from shared.wire import mulaw

LONG_SILENCE_BYTES: Final = 2_500 * mulaw.BYTES_PER_MS
"""By then every vendor has said its last of what was spoken before: Transcribe's finals take 1.9 s at p99."""

_LOUD: Final = 512
_QUIET: Final = bytes(
    code for code in range(256) if abs(int.from_bytes(mulaw.decode(bytes([code])), "little", signed=True)) < _LOUD
)
"""Codes of sound that may be silence; speech on a telephone line is mostly louder."""


def loud_bytes(ulaw: bytes) -> int:
    """How many of them are not silence."""
    return len(ulaw.translate(None, _QUIET))
