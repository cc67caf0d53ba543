"""The streaming service as a server for any load client that dials it without our webhooks' token and signature.

    python -m bench.beside --port 9200 --deepgram ws://127.0.0.1:9101 --cartesia ws://127.0.0.1:9102 \\
        --openai http://127.0.0.1:9100/v1

It is the service itself, behind a door that signs the upgrade and adds the token as Twilio and our webhook would; its
table is `bench.providers`' on another core. So it can be measured in one run beside others.
"""

import argparse
import os
import runpy
import secrets
import sys
from dataclasses import replace
from pathlib import Path

import streaming.wiring
from bench.load import AUTH_TOKEN, STREAM_URL, TOKEN
from cli.children import Children
from shared.ports import CallRecord
from shared.usecases.stream_token import TOKEN_PARAMETER
from shared.wire import signature
from shared.wire.twilio_media import Start
from streaming.app import StreamingApp
from streaming.media_stream import AsgiMessage, MediaStream, Receive, Send

HERE = Path(__file__).parent
STORE_CORE = 1
READY_S = 30


class OpenDoor(StreamingApp):
    """Lets everybody in: what comes is made to look as if it came by way of our webhook."""

    async def __call__(self, scope: AsgiMessage, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket":
            signed = signature.sign(AUTH_TOKEN, STREAM_URL, ())
            headers = [*scope["headers"], (signature.HEADER.lower().encode(), signed.encode())]
            scope = {**scope, "path": "/media", "headers": headers}
        await super().__call__(scope, receive, send)

    async def _claim(self, start: Start) -> tuple[CallRecord, int] | None:
        start.start.custom_parameters[TOKEN_PARAMETER] = TOKEN
        return await super()._claim(start)


class NamedVoices(OpenDoor):
    """Besides, each call speaks with a voice of its own name: so a load client knows its sound among the vendor's."""

    async def _run(self, media: MediaStream, record: CallRecord, stream: int) -> None:
        name, agent, tools = record.call_sid, self.deps.agents[record.agent], self.deps.tools[record.agent]
        named = replace(agent, voice=replace(agent.voice, elsewhere={"cartesia": name}))
        deps = replace(self.deps, agents={name: named}, tools={name: tools})
        app = OpenDoor(deps)
        app.calls = self.calls
        await app._run(media, replace(record, agent=name), stream)


def environment(options: argparse.Namespace, store: str) -> dict[str, str]:
    return {
        "PUBLIC_BASE_URL": "https://voice.example.com",
        "STREAM_URL": STREAM_URL,
        "TWILIO_AUTH_TOKENS": AUTH_TOKEN,
        "CALLS_TABLE": "calls",
        "DESK_TABLE": "desk",
        "CAMPAIGNS_TABLE": "campaigns",
        "BOOKINGS_TABLE": "bookings",
        "AGENTS_DIR": str(HERE / "agents"),
        "LINES": '{"*": "bench"}',
        "AWS_REGION": "eu-west-1",
        "AWS_ACCESS_KEY_ID": "bench",
        "AWS_SECRET_ACCESS_KEY": secrets.token_hex(8),
        "AWS_ENDPOINT_URL": store,
        "SPEECH_TO_TEXT": "deepgram",
        "DEEPGRAM_URL": options.deepgram,
        "DEEPGRAM_API_KEY": "bench",
        "TEXT_TO_SPEECH": "cartesia",
        "CARTESIA_URL": options.cartesia,
        "CARTESIA_API_KEY": "bench",
        "OPENAI_BASE_URL": options.openai,
        "OPENAI_API_KEY": "bench",
        "OPENAI_MODEL": "bench",
        "MAX_CALLS": str(options.calls),
        "HOST": "127.0.0.1",
        "PORT": str(options.port),
    }


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.beside", description=__doc__)
    for vendor, url in (("deepgram", "ws://127.0.0.1:9101"), ("cartesia", "ws://127.0.0.1:9102")):
        parser.add_argument(f"--{vendor}", default=url)
    parser.add_argument("--openai", default="http://127.0.0.1:9100/v1")
    parser.add_argument("--port", type=int, default=9200)
    parser.add_argument("--calls", type=int, default=500, help="how many it admits at a time")
    parser.add_argument("--store", help="a bench.providers; else one is started, whose CPU a client may count as ours")
    parser.add_argument("--named", action="store_true", help="tell the synthesiser which call it speaks for")
    options = parser.parse_args()
    vars(streaming.wiring)["build_app"] = NamedVoices if options.named else OpenDoor
    with Children(Path(os.environ.get("TMPDIR", "/tmp"))) as children:
        os.environ.update(environment(options, options.store or started_store(children)))
        sys.argv = ["streaming"]
        runpy.run_module("streaming", run_name="__main__")


def started_store(children: Children) -> str:
    command = (sys.executable, "-m", "bench.pinned", str(STORE_CORE), "bench.providers")
    port = children.start("store", *command).until_says(r'"port": (\d+)', READY_S, lambda line: None)[1]
    return f"http://127.0.0.1:{port}"


if __name__ == "__main__":
    main()
