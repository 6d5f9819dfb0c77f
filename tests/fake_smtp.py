"""A mail server of a few lines on this machine, for as long as a test lasts."""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage, Message
from email.policy import default

__all__ = ["FakeMailServer", "mail_server"]

_LONGEST_SECONDS = 20.0


@dataclass
class FakeMailServer:
    """What it was given, and how it answers.

    Attributes:
        port: on 127.0.0.1.
        mails: each with its envelope's recipients.
        commands: what was said to it, the first word of each line.
        offers: extensions that it says it has.
        answers: by command what it says instead, such as `{"MAIL": "451 not now"}`; by `RCPT a@b` for one address.
    """

    port: int = 0
    mails: list[tuple[list[str], Message]] = field(default_factory=list)
    commands: list[str] = field(default_factory=list)
    offers: tuple[str, ...] = ()
    answers: dict[str, str] = field(default_factory=dict)

    async def talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection."""

        def say(line: str) -> None:
            writer.write(f"{line}\r\n".encode())

        say(self.answers.get("HELLO", "220 here"))
        recipients: list[str] = []
        while line := (await reader.readline()).decode().strip():
            word = line.split()[0].upper()
            self.commands.append(word)
            address = line.partition("<")[2].partition(">")[0]
            answer = self.answers.get(f"{word} {address}") or self.answers.get(word)
            if answer is not None:
                say(answer)
            elif word == "EHLO":
                say("250-here")
                for offer in self.offers:
                    say(f"250-{offer}")
                say("250 8BITMIME")
            elif word == "DATA":
                say("354 go on")
                await writer.drain()
                content = await reader.readuntil(b"\r\n.\r\n")
                self.mails.append((recipients, message_from_bytes(content[:-5], policy=default)))
                recipients = []
                say("250 taken")
            elif word == "QUIT":
                say("221 bye")
                break
            else:
                recipients += [address] if word == "RCPT" else []
                say("250 ok")
            await writer.drain()
        await writer.drain()
        writer.close()

    @property
    def mail(self) -> EmailMessage:
        """The one mail that it was given."""
        ((_, found),) = self.mails
        assert isinstance(found, EmailMessage)
        return found


@contextmanager
def mail_server(server: FakeMailServer | None = None) -> Iterator[FakeMailServer]:
    """The server, listening."""
    fake = server or FakeMailServer()
    is_ready, is_over = threading.Event(), threading.Event()

    async def serve() -> None:
        listening = await asyncio.start_server(fake.talk, "127.0.0.1", fake.port)
        fake.port = listening.sockets[0].getsockname()[1]
        async with listening:
            is_ready.set()
            await asyncio.to_thread(is_over.wait, _LONGEST_SECONDS)

    thread = threading.Thread(target=asyncio.run, args=(serve(),), daemon=True)
    thread.start()
    is_ready.wait(_LONGEST_SECONDS)
    try:
        yield fake
    finally:
        is_over.set()
        thread.join(_LONGEST_SECONDS)
