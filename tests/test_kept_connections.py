"""Connections are kept while they stand, and are TLS that is checked."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import pytest
from botocore.exceptions import ConnectTimeoutError, EndpointConnectionError, SSLError
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from shared.kept_connections import KeptConnections
from tests.adapters.http_server import Exchange, Handler, HttpServer

REQUEST = b"POST / HTTP/1.1\r\nContent-Length: 0\r\n\r\n"


@pytest.fixture
async def server() -> AsyncIterator[HttpServer]:
    async with HttpServer().running() as server:
        yield server


async def _hello(exchange: Exchange) -> None:
    await exchange.answer("text/plain", b"hello")


async def _hello_and_goodbye(exchange: Exchange) -> None:
    await exchange.answer("text/plain", b"hello", connection="close")


async def _hang_up(exchange: Exchange) -> None:
    exchange.writer.close()
    await exchange.writer.wait_closed()


async def _say_more(exchange: Exchange) -> None:
    await exchange.write(b"HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nwrong")


async def _ask(connections: KeptConnections, **how: bool) -> None:
    answer = await asyncio.to_thread(connections.ask, REQUEST, within_s=5, **how)
    assert answer.body == b"hello"


@pytest.mark.parametrize(("first", "made"), [(_hello, 1), (_hello_and_goodbye, 2)])
async def test_a_connection_is_used_again_unless_the_answer_says_otherwise(
    server: HttpServer, first: Handler, made: int
) -> None:
    server.script(first, _hello)
    with closing(KeptConnections(server.url, connect_s=5)) as connections:
        await _ask(connections)
        await _ask(connections)
    assert len({id(exchange.writer) for exchange in server.exchanges}) == made


@pytest.mark.parametrize("meanwhile", [_hang_up, _say_more])
async def test_one_that_is_over_or_out_of_step_is_not_used(server: HttpServer, meanwhile: Handler) -> None:
    server.script(_hello, _hello)
    with closing(KeptConnections(server.url, connect_s=5)) as connections:
        await _ask(connections)
        await meanwhile(server.exchanges[0])
        await _ask(connections)


async def test_a_fresh_one_is_made_when_asked_for(server: HttpServer) -> None:
    server.script(_hello, _hello)
    with closing(KeptConnections(server.url, connect_s=5)) as connections:
        await _ask(connections)
        await _ask(connections, fresh=True)
    assert len({id(exchange.writer) for exchange in server.exchanges}) == 2


def _certificate(folder: Path) -> Path:
    """A key, and a certificate of its own for 127.0.0.1."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "test")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    plain = serialization.NoEncryption()
    pem = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain)
    (folder / "both.pem").write_bytes(pem + certificate.public_bytes(serialization.Encoding.PEM))
    return folder / "both.pem"


async def _greet(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while await reader.readuntil(b"\r\n\r\n"):
            writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhello")
    except (asyncio.IncompleteReadError, OSError):
        writer.close()


async def test_certificates_are_checked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pem = _certificate(tmp_path)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem)
    async with await asyncio.start_server(_greet, "127.0.0.1", 0, ssl=context) as server:
        url = f"https://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        with closing(KeptConnections(url, connect_s=5)) as connections, pytest.raises(SSLError):
            await asyncio.to_thread(connections.ask, REQUEST, within_s=5)
        monkeypatch.setenv("SSL_CERT_FILE", str(pem))
        with closing(KeptConnections(url, connect_s=5)) as connections:
            for _ in range(2):
                await _ask(connections)


async def test_who_does_not_shake_hands_is_given_up(server: HttpServer) -> None:
    url = server.url.replace("http:", "https:")
    with closing(KeptConnections(url, connect_s=0.1)) as connections, pytest.raises(ConnectTimeoutError):
        await asyncio.to_thread(connections.ask, REQUEST, within_s=5)


def test_nobody_there_is_named() -> None:
    connections = KeptConnections("http://127.0.0.1:1", connect_s=5)
    with closing(connections), pytest.raises(EndpointConnectionError):
        connections.ask(REQUEST, within_s=5)
