"""Where Lambda enters the webhooks: the only module of ours that builds something when it is imported.

SnapStart keeps what is there after this import, and every start goes on from it. So whatever is neither secret nor
one of a kind is made here, and nothing else:

- settings kept in AWS, Twilio's tokens among them, are read at the first event;
- clients have not connected yet, so that no connection of the snapshot's goes stale;
- botocore's credentials are those of the snapshot until they are used; by then expired, they are fetched anew;
- tokens of streams and stamps of writes come from the operating system's randomness, which no snapshot repeats.

Its source: "Handling uniqueness with Lambda SnapStart" and "Best practices" in AWS's documentation.
"""

import os

from functions.served import Served
from functions.wiring import SERVICE, build
from shared import observability

observability.configure(SERVICE, namespace=os.environ.get("METRICS_NAMESPACE", ""))
_webhooks = Served(os.environ, build)
_webhooks.prepare()
handler = _webhooks.handle
