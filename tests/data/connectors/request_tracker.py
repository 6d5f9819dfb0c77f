"""A real Request Tracker 5 for tests: with a database of its own, on a free port, gone afterwards.

It is the one that Debian and Ubuntu have in their packages `request-tracker5`, `rt5-db-sqlite` and `rt5-standalone`.
Nothing of an installation that somebody uses is read or touched.
"""

import contextlib
import json
import os
import re
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import httpx

from data.connectors.client import Token, UserPassword, open_client

SERVER = Path("/usr/share/request-tracker5/libexec/standalone_httpd")
DATABASE_SETUP = "rt-setup-database-5"
SCRIP = Path(__file__).parents[3] / "docs" / "connect" / "rt-scrip.pl"
SECONDS = 60.0
"""What every step may take at most."""

RIGHTS = (
    "SeeQueue",
    "ShowTicket",
    "ShowTicketComments",
    "CreateTicket",
    "ModifyTicket",
    "CommentOnTicket",
    "SeeCustomField",
    "ModifyCustomField",
)
"""What the service account needs, as the documentation says it."""

ROOT = UserPassword("root", "password")
"""Whom a new database knows."""

QUEUES = ("Service Desk", "Network")

_CONFIGURATION = """
Set($rtname, 'rt.test');
Set($Organization, 'rt.test');
Set($WebDomain, '127.0.0.1');
Set($WebPort, {port});
Set($WebPath, '');
Set($DatabaseType, 'SQLite');
Set($DatabaseName, '{folder}/rt.db');
Set($Timezone, 'UTC');
Set($LogToSyslog, '');
Set($LogToSTDERR, 'error');
Set($BcryptCost, 4);
Set($MailCommand, sub {{
    open(my $mails, '>>', '{folder}/mails') or die $!;
    print $mails $_[0]->as_string, "\\n";
    return 1;
}});
$RT::MasonDataDir = '{folder}/mason';
$RT::MasonSessionDir = '{folder}/sessions';
$RT::VarPath = '{folder}/var';
1;
"""

_SETUP = r"""
use lib '/usr/share/request-tracker5/lib';
use JSON;
use RT -init;
my $given = decode_json(do { local $/; <STDIN> });
my $system = RT->SystemUser;
sub done { my ($ok, $said) = @_; die $said unless $ok; return $ok }

for my $name (@{ $given->{queues} }, 'Closed Desk') {
    my $queue = RT::Queue->new($system);
    done($queue->Create(Name => $name));
    done($queue->SetDisabled(1)) if $name eq 'Closed Desk';
}
for my $name ('Tags', 'Location') {
    my $field = RT::CustomField->new($system);
    done($field->Create(
        Name => $name, LookupType => 'RT::Queue-RT::Ticket', Type => 'Freeform', MaxValues => $name eq 'Tags' ? 0 : 1));
    done($field->AddToObject(RT::Queue->new($system)));
}
my %tokens;
for my $name (sort keys %{ $given->{accounts} }) {
    my $user = RT::User->new($system);
    done($user->Create(Name => $name, EmailAddress => "$name\@example.org", Privileged => 1));
    done($user->PrincipalObj->GrantRight(Right => $_, Object => RT->System)) for @{ $given->{accounts}{$name} };
    my ($ok, $said, $token) = RT::AuthToken->new($system)->Create(Owner => $user->id);
    done($ok, $said);
    $tokens{$name} = $token;
}
my $scrip = RT::Scrip->new($system);
done($scrip->Create(
    Description => 'Tell triage', Queue => 0, Stage => 'TransactionBatch', Template => 'Blank',
    ScripCondition => 'On Transaction', ScripAction => 'User Defined',
    CustomPrepareCode => '1;', CustomCommitCode => $given->{scrip}));
print encode_json(\%tokens);
"""


@dataclass(frozen=True)
class RequestTracker:
    """One that runs: its address, the tokens of its accounts by their names, and what it sent by mail."""

    address: str
    tokens: Mapping[str, str]
    folder: Path

    def open(self, account: str) -> httpx.Client:
        """A client as the connector's caller opens one."""
        return open_client(self.address, Token(self.tokens[account], "token"), allow_plain_http=True)

    def open_as_root(self) -> httpx.Client:
        """A client for whom nothing is forbidden: a person who works there."""
        return open_client(self.address, ROOT, allow_plain_http=True)

    @property
    def mails(self) -> str:
        """Everything that was sent."""
        return path.read_text(encoding="utf-8") if (path := self.folder / "mails").exists() else ""


def why_not_here() -> str | None:
    """What is missing; None where a Request Tracker can be run."""
    has_sqlite = any(Path("/usr/lib").glob("*/perl5/*/DBD/SQLite.pm"))
    if has_sqlite and shutil.which("perl") and shutil.which(DATABASE_SETUP) and SERVER.exists():
        return None
    return "Request Tracker is not installed: apt-get install request-tracker5 rt5-db-sqlite rt5-standalone"


@contextlib.contextmanager
def running(folder: Path, accounts: Mapping[str, tuple[str, ...]], hook: str, secret: str) -> Iterator[RequestTracker]:
    """Makes a Request Tracker in the folder, runs it, and stops it.

    Args:
        folder: an empty one.
        accounts: the rights that each account has everywhere, by the account's name.
        hook: where the scrip posts to.
        secret: what the scrip posts with.
    """
    port = _free_port()
    for name in ("configuration", "mason", "sessions", "var"):
        (folder / name).mkdir()
    (folder / "configuration" / "test.pm").write_text(_CONFIGURATION.format(port=port, folder=folder), encoding="utf-8")
    (folder / "site.pm").write_text("1;\n", encoding="utf-8")
    environment = os.environ | {
        "RT_SITE_CONFIG": str(folder / "site.pm"),
        "RT_SITE_CONFIG_DIR": str(folder / "configuration"),
    }
    _run([DATABASE_SETUP, "--action", "init", "--skip-create"], environment)
    given = {"queues": QUEUES, "accounts": accounts, "scrip": _scrip(hook, secret)}
    tokens = json.loads(_run(["perl", "-e", _SETUP], environment, json.dumps(given)))
    command = [str(SERVER), "--host", "127.0.0.1", "--port", str(port)]
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(command, env=environment, stdout=log, stderr=log)
    try:
        _wait(process, port, folder / "log")
        yield RequestTracker(f"http://127.0.0.1:{port}", tokens, folder)
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _scrip(hook: str, secret: str) -> str:
    """What the documentation tells to paste, with the two lines that an administrator changes."""
    code = SCRIP.read_text(encoding="utf-8")
    for name, value in (("address", hook), ("secret", secret)):
        code, n_changed = re.subn(rf"^(my \${name} += )'.*';$", rf"\g<1>'{value}';", code, flags=re.MULTILINE)
        assert n_changed == 1
    return code


def _run(command: list[str], environment: Mapping[str, str], given: str = "") -> str:
    done = subprocess.run(
        command, env=environment, input=given, capture_output=True, text=True, timeout=SECONDS, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def _free_port() -> int:
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        port: int = listening.getsockname()[1]
        return port


def _wait(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    until = time.monotonic() + SECONDS
    while time.monotonic() < until:
        assert process.poll() is None, log.read_text()
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        time.sleep(0.05)
    raise AssertionError(f"Request Tracker did not start in {SECONDS:.0f} seconds.")
