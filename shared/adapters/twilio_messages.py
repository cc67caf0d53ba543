"""Text messages by Twilio's REST API (`Messages`, twilio-protocol 4.5). Each is sent once and never again."""

from typing import Final

from shared.ports.messages import TextMessage
from shared.twilio_rest import API_URL, TwilioRest

TIMEOUT_S: Final = 10.0
"""Of one step. A lost answer costs more than waiting: nobody knows whether the message went out."""

_SERVICE: Final = "MG"


class TwilioMessages:
    """`auth_token` is the account's primary one; `url` another address than Twilio's own. Calls block."""

    def __init__(self, account_sid: str, auth_token: str, *, url: str = API_URL) -> None:
        self._account_sid = account_sid
        self._rest = TwilioRest(auth_token, url=url, timeout_s=TIMEOUT_S)

    def send(self, message: TextMessage) -> str:
        sender = "MessagingServiceSid" if message.from_.startswith(_SERVICE) else "From"
        form = {"To": message.to, sender: message.from_, "Body": message.body, "StatusCallback": message.status_url}
        return self._rest.create(self._account_sid, "Messages", form)
