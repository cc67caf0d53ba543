"""The stream of <Connect><Stream>: hears the phone, speaks to it, is told its keys."""

from typing import assert_never

from local.carrier.stream import MediaStream
from shared.wire import twilio_media_carrier
from shared.wire.twilio_media import SendClear, SendMark, SendMedia


class TwoWayStream(MediaStream):
    """While it runs, what is played to the phone is the server's alone."""

    def listen(self) -> None:
        self.line.frame_listeners.add(self._on_frame)
        self.line.key_listeners.add(self._on_key)
        self.line.mark_listener = self._on_mark

    def unlisten(self) -> None:
        self.line.frame_listeners.discard(self._on_frame)
        self.line.key_listeners.discard(self._on_key)
        self.line.mark_listener = None
        self.line.playout.clear()

    def obey(self, text: str) -> None:
        try:
            command = twilio_media_carrier.decode(text, self.sid)
        except twilio_media_carrier.InvalidCommand:
            self.warn(31951)
            return
        playout = self.line.playout
        match command:
            case SendMedia():
                if not playout.feed(command.media.payload):
                    self.warn(31931)
            case SendMark():
                if not playout.mark(command.mark.name):
                    self.warn(31951)
                # With nothing left to play before it, it comes back at once.
                for name in playout.due():
                    self._on_mark(name)
            case SendClear():
                waiting = playout.waiting_ms
                names = playout.clear()
                self.call.timeline.note("clear", dropped_ms=waiting, marks=len(names))
                for name in names:
                    self._on_mark(name)
            case _:
                assert_never(command)

    def _on_frame(self, frame: bytes) -> None:
        self.send_frame("inbound", frame)

    def _on_key(self, digit: str) -> None:
        self.outbox.put(twilio_media_carrier.dtmf(self.sid, self.next(), digit))

    def _on_mark(self, name: str) -> None:
        self.call.timeline.note("mark", name=name[:64])
        self.outbox.put(twilio_media_carrier.mark(self.sid, self.next(), name))
