"""What the streaming service is built from: ports, and a few plain values."""

from collections.abc import Callable, Mapping
from concurrent.futures import Executor
from dataclasses import dataclass
from datetime import datetime

from shared.core.agent import Agent
from shared.ports import CallStore, LanguageModel, SpeechToText, TextToSpeech, Tools
from shared.ports.ledger import Ledger
from shared.usecases.transfer import Switch
from streaming.voice_activity import VoiceActivity


@dataclass(frozen=True, slots=True)
class Deps:
    """Everything a call needs. One instance for the process."""

    hearing: SpeechToText
    voice: TextToSpeech
    model: LanguageModel
    tools: Mapping[str, Tools]
    """By agent."""
    store: CallStore
    store_threads: Executor
    """Where the store's blocking calls run; as many threads as its connection pool has places."""
    switch: Switch
    """What callers are put through with."""
    order_threads: Executor
    """Where orders to the carrier are given; they take longer than the store's calls."""
    voice_activity: VoiceActivity
    agents: Mapping[str, Agent]
    stream_url: str
    """The public wss:// address, exactly as the TwiML has it: what Twilio signs."""
    auth_tokens: tuple[str, ...]
    max_calls: int
    clock: Callable[[], datetime]
    ledger: Ledger
    """Where it stands who is not to be called again."""
    vocabularies: Mapping[str, str]
    """Agent name to the name of its custom vocabulary; none for an agent that has no entry."""
