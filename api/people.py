"""People who sign in and out, and what their browser is given to be known by."""

from datetime import UTC, datetime
from typing import Annotated

import anyio
import anyio.to_thread
from fastapi import Depends, Request
from sqlalchemy import Engine
from starlette.concurrency import run_in_threadpool

from api.credentials import SessionRing
from data import audit, sessions, users
from data.database import reading, writing
from data.users import User
from triage.errors import Overloaded

__all__ = ["People", "PeopleOfRequest"]

_AT_ONCE, _WAITING = 2, 20
"""Passwords that are checked at the same time, and sign-ins that wait for that: each takes tens of milliseconds of a
processor, which scoring wants too."""


class People:
    """Signs people in and out.

    Args:
        engine: of the database.
        session_ring: of this process, which is to forget sessions that end.
    """

    def __init__(self, engine: Engine, session_ring: SessionRing) -> None:
        self._engine = engine
        self._session_ring = session_ring
        self._some_exist = False
        self._turns = anyio.CapacityLimiter(_AT_ONCE)

    async def exist(self) -> bool:
        """Whether anybody was ever added.

        Raises:
            StoreUnusable: when the database cannot be asked.
        """
        if not self._some_exist:  # nobody's row ever goes away
            self._some_exist = await run_in_threadpool(self._are_there)
        return self._some_exist

    async def sign_in(self, email: str, password: str, former: str | None) -> str:
        """The token of a new session; the one that the browser had before ends.

        Args:
            email: as typed.
            password: as typed.
            former: the token that the browser showed, if any.

        Raises:
            NotAllowed: with the same sentence, whatever is wrong.
            Overloaded: too many people sign in at this moment.
            StoreUnusable: when the database cannot be used.
        """
        if self._turns.statistics().tasks_waiting >= _WAITING:
            raise Overloaded("Too many people sign in at this moment; try again in a few seconds.")
        return await anyio.to_thread.run_sync(self._sign_in, email, password, former, limiter=self._turns)

    def open_session(self, user: User, former: str | None, details: dict[str, object]) -> str:
        """The token of a new session of somebody who has proved who they are.

        Args:
            user: whoever it is.
            former: the token that the browser showed, if any; it ends.
            details: how they proved it, for the audit trail.

        Raises:
            StoreUnusable: when the database cannot be used.
        """
        now = datetime.now(UTC)
        with writing(self._engine) as connection:
            if former is not None:
                sessions.close(connection, former)
            token = sessions.open_session(connection, user.id, now)
            person = f"user:{user.id}"
            audit.append(connection, person, "user.signed_in", person, details, now)
        if former is not None:
            self._session_ring.forget(former)
        return token

    def sign_out(self, token: str) -> None:
        """Ends a session, at once in this process and within seconds in others.

        Raises:
            StoreUnusable: when the database cannot be used.
        """
        with writing(self._engine) as connection:
            sessions.close(connection, token)
        self._session_ring.forget(token)

    def _are_there(self) -> bool:
        with reading(self._engine) as connection:
            return bool(users.list_users(connection))

    def _sign_in(self, email: str, password: str, former: str | None) -> str:
        user = users.sign_in(self._engine, email, password, datetime.now(UTC))
        return self.open_session(user, former, {"by": "password"})


async def _people_of(request: Request) -> People:
    people = request.app.state.people
    assert isinstance(people, People)  # noqa: S101  (put there by `build_app`)
    return people


PeopleOfRequest = Annotated[People, Depends(_people_of)]
"""A route's parameter of this type signs people in and out."""
