"""The account's end of a media socket, in sentences."""

import json
from base64 import b64encode
from typing import Any

from aiohttp import WSMsgType, web


class Server:
    """One socket of one stream; `messages` is all it has received."""

    def __init__(self, socket: web.WebSocketResponse) -> None:
        self.socket = socket
        self.messages: list[dict[str, Any]] = []
        self.sid = ""

    async def next(self) -> dict[str, Any]:
        message = await self.socket.receive(5)
        assert message.type is WSMsgType.TEXT, message
        self.messages.append(json.loads(message.data))
        return self.messages[-1]

    async def until(self, event: str) -> dict[str, Any]:
        while (message := await self.next())["event"] != event:
            pass
        return message

    async def begin(self) -> dict[str, Any]:
        start = await self.until("start")
        self.sid = start["streamSid"]
        return start

    async def media(self, ulaw: bytes) -> None:
        await self.send("media", media={"payload": b64encode(ulaw).decode()})

    async def mark(self, name: str) -> None:
        await self.send("mark", mark={"name": name})

    async def send(self, event: str, **body: Any) -> None:
        await self.socket.send_json({"event": event, "streamSid": self.sid, **body})

    def media_between(self, first: dict[str, Any], last: dict[str, Any]) -> int:
        between = self.messages[self.messages.index(first) : self.messages.index(last)]
        return sum(message["event"] == "media" for message in between)
