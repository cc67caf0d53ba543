"""An attempt: claimed, dialled once, and its outcome found out. Nothing here ever dials an attempt a second time."""

from collections.abc import Callable
from datetime import datetime

from shared.core.attempt import AttemptKey, Outcome
from shared.ports.campaigns import Attempt, AttemptStore
from shared.ports.outbound import CallOrder, Outbound
from shared.usecases.chain import Outreach, StepDocument

type Orders = Callable[[Attempt], CallOrder]
"""How an attempt is ordered at the carrier: its URLs name the attempt's key."""


def call(outreach: Outreach, outbound: Outbound, orders: Orders, key: AttemptKey) -> StepDocument:
    """Claim this attempt, if it is still right to make it now, and dial; what comes next, which mostly is to wait for
    the outcome. Raises NoSuchChain, ProviderError before anything was claimed."""
    raise NotImplementedError


def reconcile(outreach: Outreach, outbound: Outbound, key: AttemptKey) -> StepDocument:
    """Ask the carrier what became of an attempt whose outcome is overdue. Raises NoSuchChain, ProviderError."""
    raise NotImplementedError


def attempt_ended(attempts: AttemptStore, key: AttemptKey, outcome: Outcome, at: datetime) -> bool:
    """An attempt has come to its end: whoever knows it says so, at least once; the first outcome counts.

    False if it was known, or there is no such attempt. The chain goes on by itself. Raises ProviderError; then say it
    again.
    """
    raise NotImplementedError
