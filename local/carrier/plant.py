"""What all calls of one carrier share."""

from dataclasses import dataclass, field

import aiohttp

from local.carrier.cards import Gateways
from local.carrier.courier import Courier
from local.carrier.recordings import Recordings
from local.carrier.routes import Routes
from local.carrier.speech import Hearing, Voice
from local.carrier.tape import Shelf
from local.carrier.timeline import Feed
from local.carrier.trouble import Troubles


@dataclass(frozen=True, slots=True, kw_only=True)
class Plant:
    """Services and tables; `api_url` is where this carrier's REST API listens."""

    account_sid: str
    auth_token: str
    api_url: str
    pace: float
    session: aiohttp.ClientSession
    routes: Routes
    courier: Courier
    voice: Voice
    hearing: Hearing
    shelf: Shelf
    recordings: Recordings
    feed: Feed
    troubles: Troubles
    gateways: Gateways = field(default_factory=Gateways)
    """What <Pay> charges with."""
