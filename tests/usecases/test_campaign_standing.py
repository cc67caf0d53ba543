"""A campaign is paused, goes on, or is cancelled, and its chains know at once."""

from collections.abc import Iterable
from datetime import datetime

from shared.core.attempt import Disposition
from shared.core.chain_events import Ended
from shared.ports.campaigns import Running
from shared.usecases.campaign_standing import cancel, pause, resume
from shared.usecases.chain import keep_token, ms
from tests.usecases.outreach import PHONE, Clinic


def left(clinic: Clinic, campaign: str, before: datetime) -> Iterable[str]:
    """As the index of live chains has it."""
    found = [clinic.kept(chain).chain for chain in clinic.store.chains_of(PHONE)]
    return [chain.id for chain in found if chain.live and chain.due_ms < ms(before)]


def test_o6_a_campaign_that_goes_on_wakes_the_chains_that_waited_for_it() -> None:
    clinic = Clinic()
    chain = clinic.begins()
    assert pause(clinic.store, "reminder", "ann", "lunch", clinic.now)
    step = clinic.decides(chain)
    assert step["do"] == "wait"
    assert keep_token(clinic.outreach, chain, "token", version=clinic.kept(chain).version)
    before = clinic.kept(chain).version
    clinic.passes(minutes=1)
    assert resume(clinic.store, clinic.store, lambda *asked: left(clinic, *asked), "reminder", "ann", "", clinic.now)
    assert clinic.kept(chain).version > before
    assert clinic.decides(chain)["do"] == "call"
    assert clinic.store.standing("reminder").since == clinic.now


def test_a_chain_that_waits_for_something_else_waits_on_when_its_campaign_is_resumed() -> None:
    clinic = Clinic()
    chain = clinic.begins()
    clinic.rings(chain)
    clinic.ended(chain, Disposition.BUSY)
    due = clinic.decides(chain)["until"]
    pause(clinic.store, "reminder", "ann", "lunch", clinic.now)
    resume(clinic.store, clinic.store, lambda *asked: left(clinic, *asked), "reminder", "ann", "", clinic.now)
    assert clinic.decides(chain)["until"] == due


def test_o6_a_cancelled_campaign_ends_its_chains_and_stays_cancelled() -> None:
    clinic = Clinic()
    chain = clinic.begins()
    assert cancel(clinic.store, clinic.store, lambda *asked: left(clinic, *asked), "reminder", "ann", "", clinic.now)
    assert clinic.decides(chain)["ended"] == Ended.CANCELLED
    for say in (resume, cancel):
        assert not say(clinic.store, clinic.store, lambda *asked: left(clinic, *asked), "reminder", "b", "", clinic.now)
    assert not pause(clinic.store, "reminder", "b", "", clinic.now)
    assert clinic.store.standing("reminder").running is Running.CANCELLED
