"""Events are signed as AWS's own client signs them."""

from datetime import UTC, datetime

from shared.wire import event_stream
from shared.wire.signed_events import EventSigner

SEED = "bf265f7ee171871e1099139eafe109e6d67d14b7b9b1ef703cabf2925d0020e2"
SENT = tuple(
    bytes.fromhex(frame)
    for frame in (
        "000000d500000043cbe23f6a053a6461746508000001a1f8bea5e0103a6368756e6b2d7369676e6174757265060020200955"
        "7d7e989dd519f98fd66a6ad75eaf3ff93fd35b8078650a340271cdf2fe000000820000004f4867609a0d3a6d657373616765"
        "2d747970650700056576656e740b3a6576656e742d74797065070009546578744576656e740d3a636f6e74656e742d747970"
        "650700106170706c69636174696f6e2f6a736f6e7b2254657874223a2248656c6c6f2e222c225465787454797065223a2274"
        "657874227d01e68bbb17d78549",
        "000000bb00000043ede0f646053a6461746508000001a1f8bea5e0103a6368756e6b2d7369676e61747572650600208ce8c4"
        "efdc301d9cf2355b9b382d7515a9b6fbc398ad6b2bbc17dd6fad587a6e00000068000000564e6817240d3a6d657373616765"
        "2d747970650700056576656e740b3a6576656e742d74797065070010436c6f736553747265616d4576656e740d3a636f6e74"
        "656e742d747970650700106170706c69636174696f6e2f6a736f6e7b7d873a247962c90573",
        "0000005300000043f5447a58053a6461746508000001a1f8bea5e0103a6368756e6b2d7369676e61747572650600204cc274"
        "f8b2dac35ceca94440c0efe99ed978e59593be7802ed80ddf8342767ec2a2e51c4",
    )
)
"""What `aws-sdk-polly` 0.12 sent after a request of that signature, with the secret "secret": a text, the end of the
texts, and the end of the events."""


def test_what_is_sent_is_what_aws_own_client_sends() -> None:
    (first,) = event_stream.Decoder().feed(SENT[0])
    at = first.headers[":date"]
    assert isinstance(at, int)
    signer = EventSigner("secret", region="us-east-1", service="polly", seed=SEED)

    for frame in SENT:
        (message,) = event_stream.Decoder().feed(frame)
        assert signer.sign(message.payload, datetime.fromtimestamp(at / 1000, UTC)) == frame


def test_an_event_depends_on_all_before_it() -> None:
    at = datetime(2026, 11, 20, 12, tzinfo=UTC)
    one, other = (EventSigner("secret", region="us-east-1", service="polly", seed=SEED) for _ in range(2))
    one.sign(b"a", at)
    other.sign(b"b", at)

    assert one.sign(b"c", at) != other.sign(b"c", at)
