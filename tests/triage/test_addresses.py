"""Which addresses the server may be sent to."""

from ipaddress import ip_address, ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from triage.addresses import AllowedAddresses, Destination, check_addresses, parse_destination
from triage.errors import InvalidInput

PUBLIC = "8.8.8.8"
HOST = Destination("https", "desk.example", 443)


def test_an_ordinary_address_is_read() -> None:
    """Most are."""
    assert parse_destination("https://Desk.Example/hook?x=1") == HOST
    assert parse_destination("http://desk.example") == Destination("http", "desk.example", 80)
    assert parse_destination("https://xn--bcher-kva.example./x").host == "xn--bcher-kva.example"
    assert parse_destination("http://8.8.8.8/").address == ip_address(PUBLIC)
    assert parse_destination("https://[2606:4700::1111]/").address == ip_address("2606:4700::1111")


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("ftp://desk.example/", "does not begin with http"),
        ("file:///etc/passwd", "does not begin with http"),
        ("desk.example/hook", "does not begin with http"),
        ("//desk.example/hook", "does not begin with http"),
        ("gopher://desk.example:443/_x", "does not begin with http"),
        ("javascript:alert(1)", "does not begin with http"),
        ("", "does not begin with http"),
        ("https://ann:pw@desk.example/", "user name"),
        ("https://desk.example@10.0.0.1/", "user name"),
        ("https://desk.example#@10.0.0.1/", "user name"),
        ("https://desk.example/#x", "fragment"),
        ("https://desk.example#x", "fragment"),
        ("https:///hook", "no host"),
        ("https://:443/", "no host"),
        ("https://desk.example:/", "no host"),
        ("https://desk.example:44x/", "no host"),
        ("https://desk%2eexample/", "no host"),
        ("https://[::1/", "no host"),
        ("https://::1/", "no host"),
        ("https://[fe80::1%25eth0]/", "no host"),
        ("https://desk.example:22/", "port 22"),
        ("https://desk.example:0/", "port 0"),
        ("https://desk.example:99999/", "port 99999"),
        ("https://desk.example\\@10.0.0.1/", "backslash"),
        (" https://desk.example/", "blank"),
        ("https://desk.example/\r\nHost: other", "control"),
        ("https://desk.example/\x00", "control"),
        ("https://dеsk.example/", "ASCII"),
        ("https://１２７.0.0.1/", "ASCII"),
        ("https://127。0。0。1/", "ASCII"),
        ("https://desk\u200b.example/", "ASCII"),
        ("https://" + "a" * 2_000 + ".example/", "2,0.. characters"),
        ("https://desk..example/", "no host name"),
        ("https://desk.example../", "no host name"),
        ("https://-desk.example/", "no host name"),
        ("https://" + "a" * 64 + ".example/", "no host name"),
        ("http://2130706433/", "is a number"),
        ("http://0x7f000001/", "is a number"),
        ("http://0x7f.1/", "is a number"),
        ("http://0x7F.0.0.1/", "is a number"),
        ("http://127.1/", "is a number"),
        ("http://127.1./", "is a number"),
        ("http://0177.0.0.1/", "is a number"),
        ("http://127.0.0.01/", "is a number"),
        ("http://127.0.0.1.1/", "is a number"),
        ("http://256.1.1.1/", "is a number"),
        ("http://desk.0x/", "is a number"),
        ("http://[127.0.0.1]/", "no IPv6"),
        ("http://[::ffff:0:0:0:0:1:2:3:4]/", "no IPv6"),
        ("http://localhost/", "this machine"),
        ("http://LOCALHOST./", "this machine"),
        ("http://desk.localhost/", "this machine"),
        ("http://localhost.localdomain/", "this machine"),
        ("http://metadata.google.internal/", "metadata"),
        ("http://metadata/", "metadata"),
    ],
)
def test_what_is_not_plainly_an_address_is_refused_in_one_sentence(url: str, said: str) -> None:
    """Two programs that read a URL in two ways are how a check is passed."""
    with pytest.raises(InvalidInput, match=said) as refused:
        parse_destination(url)

    assert str(refused.value).endswith(".")
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(
    ("address", "fault"),
    [
        ("0.0.0.0", "unspecified"),  # noqa: S104 - nothing listens here
        ("0.1.2.3", "unspecified"),
        ("10.0.0.1", "private"),
        ("10.255.255.255", "private"),
        ("100.64.0.1", "CGNAT"),
        ("100.127.255.255", "CGNAT"),
        ("127.0.0.1", "loopback"),
        ("127.255.255.254", "loopback"),
        ("169.254.1.1", "link-local"),
        ("172.16.0.1", "private"),
        ("172.31.255.255", "private"),
        ("192.168.1.1", "private"),
        ("192.0.0.8", "reserved"),
        ("192.0.2.1", "documentation"),
        ("198.51.100.1", "documentation"),
        ("203.0.113.1", "documentation"),
        ("198.18.0.1", "measuring"),
        ("192.88.99.1", "reserved"),
        ("224.0.0.1", "multicast"),
        ("239.255.255.250", "multicast"),
        ("240.0.0.1", "reserved"),
        ("255.255.255.255", "reserved"),
        ("169.254.169.254", "metadata"),
        ("169.254.170.2", "metadata"),
        ("100.100.100.200", "metadata"),
        ("168.63.129.16", "metadata"),
        ("192.0.0.192", "metadata"),
        ("fd00:ec2::254", "metadata"),
        ("::", "unspecified"),
        ("::1", "loopback"),
        ("fe80::1", "link-local"),
        ("fe80::1%eth0", "link-local"),
        ("fc00::1", "private"),
        ("fd12:3456::1", "private"),
        ("fec0::1", "private"),
        ("ff02::1", "multicast"),
        ("2001:db8::1", "documentation"),
        ("3fff::1", "documentation"),
        ("2001::1", "reserved"),
        ("64:ff9b:1::1", "reserved"),
        ("4000::1", "reserved"),
        ("::10.0.0.1", "reserved"),
        ("::ffff:10.0.0.1", "stands for 10.0.0.1, is private"),
        ("::ffff:127.0.0.1", "stands for 127.0.0.1, is loopback"),
        ("::ffff:169.254.169.254", "stands for 169.254.169.254, is a cloud's metadata"),
        ("2002:7f00:1::", "stands for 127.0.0.1, is loopback"),
        ("2002:c0a8:101::1", "stands for 192.168.1.1, is private"),
        ("64:ff9b::a00:1", "stands for 10.0.0.1, is private"),
    ],
)
def test_an_address_that_is_not_public_is_refused(address: str, fault: str) -> None:
    """Behind it stands what only the server reaches."""
    with pytest.raises(InvalidInput, match=fault):
        check_addresses(HOST, [PUBLIC, address])


@pytest.mark.parametrize(
    "address",
    [
        *(
            PUBLIC,
            "1.0.0.1",
            "9.255.255.255",
            "11.0.0.0",
            "100.63.255.255",
            "100.128.0.0",
            "172.15.255.255",
            "172.32.0.0",
        ),
        *("126.255.255.255", "128.0.0.0", "223.255.255.255", "2606:4700::1111", "::ffff:8.8.8.8", "64:ff9b::808:808"),
    ],
)
def test_a_public_address_may_be_called(address: str) -> None:
    """The edges of the ranges: one too wide cuts off somebody's desk."""
    assert [str(found) for found in check_addresses(HOST, [address])] == [str(ip_address(address))]


@pytest.mark.parametrize("resolved", [[], ["desk.example"], ["8.8.8.8/32"], [""]])
def test_a_host_that_was_not_resolved_is_refused(resolved: list[str]) -> None:
    """A check of no address would let any pass."""
    with pytest.raises(InvalidInput):
        check_addresses(HOST, resolved)


def test_a_host_that_is_an_address_is_not_resolved_to_another() -> None:
    """The checked and the called one must be the same."""
    with pytest.raises(InvalidInput, match="another"):
        check_addresses(parse_destination("http://8.8.4.4/"), [PUBLIC])


def test_ranges_addresses_and_names_can_be_allowed() -> None:
    """Most desks' systems stand in their own network."""
    allowed = AllowedAddresses.parse(["10.1.0.0/16", "192.168.7.9", " Jira.Internal. ", "fd12::/16"], ports=[8080])
    named = parse_destination("http://jira.internal:8080/", allowed)

    assert check_addresses(HOST, ["10.1.2.3", "192.168.7.9", "fd12::1", "::ffff:10.1.2.3"], allowed)
    assert check_addresses(named, ["10.9.9.9"], allowed)
    with pytest.raises(InvalidInput, match="private"):
        check_addresses(HOST, ["10.2.0.1"], allowed)
    with pytest.raises(InvalidInput, match="private"):
        check_addresses(Destination("http", "other.jira.internal", 80), ["10.9.9.9"], allowed)


def test_this_machine_can_be_allowed_by_name() -> None:
    """Who tries it out has both ends on one machine."""
    allowed = AllowedAddresses.parse(["localhost"], ports=[9000])

    assert check_addresses(parse_destination("http://localhost:9000/", allowed), ["127.0.0.1", "::1"], allowed)


@pytest.mark.parametrize("address", ["169.254.169.254", "::ffff:169.254.169.254", "100.100.100.200", "168.63.129.16"])
def test_metadata_is_allowed_only_by_its_very_address(address: str) -> None:
    """A range that a desk allows for its neighbours must not hand out the machine's own credentials."""
    widely = AllowedAddresses.parse(["169.254.0.0/16", "100.64.0.0/10", "168.63.0.0/16", "desk.example"])
    exactly = AllowedAddresses.parse([address.removeprefix("::ffff:")])

    with pytest.raises(InvalidInput, match="metadata"):
        check_addresses(HOST, [address], widely)
    assert check_addresses(HOST, [address], exactly)


@pytest.mark.parametrize(
    "name", ["", "*", "10.1.0.0/33", "10.1.2.3/16", "https://desk.example", "desk example", "127.1"]
)
def test_what_cannot_be_allowed_is_refused_at_once(name: str) -> None:
    """A setting that allows nothing, or more than was meant, must not wait for the first callback to show it."""
    with pytest.raises(InvalidInput, match="neither a range"):
        AllowedAddresses.parse([name])


@pytest.mark.parametrize("port", [0, -1, 65_536])
def test_an_impossible_port_cannot_be_allowed(port: int) -> None:
    """It would be a typing error."""
    with pytest.raises(InvalidInput, match="no port"):
        AllowedAddresses.parse([], ports=[port])


@given(st.text(max_size=80) | st.text(max_size=60).map(lambda rest: f"http://{rest}"))
def test_any_text_is_read_or_refused(url: str) -> None:
    """Nothing that somebody sends may end in another error."""
    try:
        destination = parse_destination(url)
    except InvalidInput:
        return
    assert destination.host in url.lower()


@given(st.ip_addresses(v=4))
def test_no_spelling_makes_a_refused_address_callable(address: object) -> None:
    """Whatever is refused in four numbers is refused in an IPv6 address that leads there."""
    plain = str(address)
    packed = int(ip_address(plain))
    spellings = (f"::ffff:{plain}", str(ip_address((0x2002 << 112) | (packed << 80))), f"64:ff9b::{plain}")

    refused = [_is_refused(each) for each in (plain, *spellings)]

    assert len(set(refused)) == 1


@given(st.ip_addresses())
def test_what_may_be_called_is_public_by_python_s_own_table(address: object) -> None:
    """The table here is stricter than the standard library's, whose own differs between versions."""
    found = ip_address(str(address))
    is_leading_elsewhere = found.version == 6 and any(
        found in ip_network(name) for name in ("::ffff:0:0/96", "64:ff9b::/96", "2002::/16")
    )

    assert _is_refused(str(address)) or is_leading_elsewhere or (found.is_global and not found.is_multicast)


def _is_refused(address: str) -> bool:
    try:
        check_addresses(HOST, [address])
    except InvalidInput:
        return True
    return False
