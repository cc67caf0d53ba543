"""What the carrier is told to say."""

from dataclasses import replace

from shared.core.agent import Voice
from shared.usecases.answers import say
from shared.wire.twiml import Say
from tests.usecases.clinic import AGENT


def test_s10_the_carriers_voice_reads_names_as_the_agents_does() -> None:
    agent = replace(AGENT, voice=Voice("Joanna", say_as=(("Osei", "oh-SAY"),)))

    assert say(agent, "Dr. Osei.") == Say("Dr. oh-SAY.", voice="Polly.Joanna-Neural", language="en-US")
    assert say(replace(agent, voice=replace(agent.voice, engine="long-form")), "Osei") == Say("oh-SAY")
