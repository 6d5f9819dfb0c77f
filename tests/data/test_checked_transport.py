"""Connections go to addresses that were checked, and to no other, whatever names are resolved to."""

import datetime as dt
import ipaddress
import ssl
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from data.checked_transport import AddressRefused, CheckedTransport, resolve
from triage.addresses import AllowedAddresses

NAME = "hooks.example.org"


class Handler(BaseHTTPRequestHandler):
    """Says what it was asked for."""

    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        """Answers with the name that was asked for, or leads to the metadata service."""
        self.rfile.read(int(self.headers["content-length"]))
        said = self.headers["host"].encode()
        self.send_response(302 if self.path == "/away" else 200)
        self.send_header("location", "http://169.254.169.254/latest/meta-data")
        self.send_header("content-length", str(len(said)))
        self.end_headers()
        self.wfile.write(said)

    def log_message(self, *_: object) -> None:
        """Nothing."""


class Resolver:
    """Gives one answer after the other, the last one again and again, and counts."""

    def __init__(self, *answers: list[str]) -> None:
        self.answers = list(answers)
        self.asked: list[tuple[str, int]] = []

    def __call__(self, host: str, port: int) -> list[str]:
        """The next answer."""
        self.asked.append((host, port))
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]


@pytest.fixture
def server() -> Iterator[ThreadingHTTPServer]:
    """Something that listens on this machine, where nothing outside may send us."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


def client(
    resolver: Callable[[str, int], list[str]], *allowed: str, port: int = 80, **more: ssl.SSLContext
) -> httpx.Client:
    """A client that may call public addresses and these."""
    transport = CheckedTransport(AllowedAddresses.parse(allowed, [port]), resolver=resolver, **more)
    return httpx.Client(transport=transport, timeout=5, trust_env=False)


@pytest.mark.parametrize(
    ("address", "fault"),
    [
        ("127.0.0.1", "loopback"),
        ("10.0.0.5", "private"),
        ("169.254.169.254", "metadata"),
        ("::1", "loopback"),
        ("fd00:ec2::254", "metadata"),
        ("::ffff:127.0.0.1", "stands for 127.0.0.1, is loopback"),
        ("::ffff:10.0.0.5", "stands for 10.0.0.5, is private"),
        ("64:ff9b::7f00:1", "stands for 127.0.0.1, is loopback"),
    ],
)
def test_a_name_that_leads_inside_is_refused_after_it_was_resolved(
    server: ThreadingHTTPServer, address: str, fault: str
) -> None:
    """Public reports of webhooks that reached the metadata service begin with a check of the name alone."""
    port = server.server_port
    with client(Resolver([address]), port=port) as http, pytest.raises(AddressRefused, match=fault):
        http.post(f"http://{NAME}:{port}/", content=b"{}")


def test_one_address_of_several_that_leads_inside_is_enough(server: ThreadingHTTPServer) -> None:
    """Who controls the name controls the order."""
    resolver = Resolver(["8.8.8.8", "127.0.0.1"])
    with client(resolver, port=server.server_port) as http, pytest.raises(AddressRefused, match="loopback"):
        http.post(f"http://{NAME}:{server.server_port}/", content=b"{}")


def test_a_name_that_changes_between_check_and_connection_leads_nowhere_else(server: ThreadingHTTPServer) -> None:
    """DNS rebinding: the name is resolved once a request, and what was checked is what is called."""
    resolver = Resolver(["127.0.0.1"], ["10.9.9.9"])
    with client(resolver, "127.0.0.0/8", port=server.server_port) as http:
        answer = http.post(f"http://{NAME}:{server.server_port}/hooks", content=b"{}")

        assert (answer.status_code, resolver.asked) == (200, [(NAME, server.server_port)])
        with pytest.raises(AddressRefused, match=r"10\.9\.9\.9 is private"):  # though a connection is still open
            http.post(f"http://{NAME}:{server.server_port}/hooks", content=b"{}")


def test_the_name_stays_in_the_request(server: ThreadingHTTPServer) -> None:
    """Many receivers stand behind one address and are told apart by it."""
    with client(Resolver(["127.0.0.1"]), "127.0.0.0/8", port=server.server_port) as http:
        answer = http.post(f"http://{NAME}:{server.server_port}/hooks", content=b"{}")

    assert answer.text == f"{NAME}:{server.server_port}"


def test_a_redirect_is_not_followed(server: ThreadingHTTPServer) -> None:
    """The address that it leads to was never checked."""
    resolver = Resolver(["127.0.0.1"])
    with client(resolver, "127.0.0.0/8", port=server.server_port) as http:
        answer = http.post(f"http://{NAME}:{server.server_port}/away", content=b"{}")

    assert (answer.status_code, len(resolver.asked)) == (302, 1)


def test_a_host_that_is_an_address_is_checked_without_a_look_up(server: ThreadingHTTPServer) -> None:
    """A resolver could say anything."""
    resolver = Resolver(["8.8.8.8"])
    url = f"http://127.0.0.1:{server.server_port}/"
    with client(resolver, port=server.server_port) as http, pytest.raises(AddressRefused, match="loopback"):
        http.post(url, content=b"{}")
    with client(resolver, "127.0.0.1", port=server.server_port) as http:
        assert http.post(url, content=b"{}").status_code == 200
    assert resolver.asked == []


def test_the_next_address_is_tried_where_nothing_listens(server: ThreadingHTTPServer) -> None:
    """Hosts with an IPv6 address that leads nowhere are common."""
    with client(Resolver(["127.0.0.2", "127.0.0.1"]), "127.0.0.0/8", port=server.server_port) as http:
        assert http.post(f"http://{NAME}:{server.server_port}/", content=b"{}").status_code == 200


def test_a_name_that_nobody_knows_could_not_be_reached() -> None:
    """It may be known again in a moment."""

    def unknown(_host: str, _port: int) -> list[str]:
        raise OSError("no such name")

    with client(unknown) as http, pytest.raises(httpx.ConnectError, match="is not known"):
        http.post(f"http://{NAME}/", content=b"{}")


def test_the_system_s_resolver_gives_each_address_once() -> None:
    """It gives one for every kind of socket."""
    assert resolve("127.0.0.1", 80) == ["127.0.0.1"]


@pytest.mark.parametrize(("certified", "is_right"), [(NAME, True), ("other.example.org", False)])
def test_a_certificate_is_held_to_the_name_and_not_to_the_address(
    tmp_path: Path, server: ThreadingHTTPServer, certified: str, is_right: bool
) -> None:
    """A pinned address must not weaken what encryption proves."""
    served, trusted = _certificate(tmp_path, certified)
    asked: list[str | None] = []
    served.sni_callback = lambda _socket, name, _context: asked.append(name)
    server.socket = served.wrap_socket(server.socket, server_side=True)
    resolver = Resolver(["127.0.0.1"])
    with client(resolver, "127.0.0.0/8", port=server.server_port, verify=trusted) as http:
        if is_right:
            assert http.post(f"https://{NAME}:{server.server_port}/", content=b"{}").status_code == 200
        else:
            with pytest.raises(httpx.ConnectError, match="certificate"):
                http.post(f"https://{NAME}:{server.server_port}/", content=b"{}")

    assert set(asked) == {NAME}


def _certificate(folder: Path, name: str) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """What a server of this name shows, and what a client that trusts it checks with."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    names = [x509.DNSName(name), x509.IPAddress(ipaddress.ip_address("192.0.2.1"))]
    now = dt.datetime.now(dt.UTC)
    built = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem = built.public_bytes(serialization.Encoding.PEM)
    secret = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    (folder / "both.pem").write_bytes(pem + secret)
    served = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    served.load_cert_chain(folder / "both.pem")
    return served, ssl.create_default_context(cadata=pem.decode())
