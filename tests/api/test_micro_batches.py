"""Whatever waits is answered as one batch, and each caller gets their own answer."""

import asyncio
import threading
import time
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import pytest

from api.micro_batches import AT_ONCE, CallerGone, Load, MicroBatches
from triage.errors import Overloaded, StoreUnusable

ONE = Load(n_tickets=1, n_bytes=100)


class Work:
    """Answers numbers with their doubles, once it may begin; remembers what was asked together."""

    def __init__(self) -> None:
        self.batches: list[list[Any]] = []
        self.may_begin = threading.Event()
        self.may_begin.set()
        self.has_begun = threading.Event()

    def __call__(self, asked: Sequence[Any]) -> list[Any]:
        """One answer each, unless one of them breaks it."""
        self.has_begun.set()
        assert self.may_begin.wait(10)
        self.batches.append(list(asked))
        if "broken" in asked:
            raise ZeroDivisionError
        return [one if isinstance(one, Exception) else 2 * one for one in asked]


async def here() -> bool:
    """A caller who waits."""
    return False


@pytest.fixture
def work() -> Work:
    """What the batches are handed to."""
    return Work()


def run(batches: "MicroBatches[Any, Any]", scenario: Callable[["MicroBatches[Any, Any]"], Awaitable[Any]]) -> Any:  # noqa: ANN401
    """Lets callers ask, and ends the thread."""

    async def ended() -> Any:  # noqa: ANN401
        try:
            return await asyncio.wait_for(scenario(batches), 20)  # type: ignore[arg-type]
        finally:
            await asyncio.to_thread(batches.stop)

    return asyncio.run(ended())


async def ask_behind(
    work: Work, batches: "MicroBatches[Any, Any]", asked: Sequence[Any], load: Load = ONE
) -> list[Any]:
    """One request that is at work, and these, which gather behind it; their answers, or what was raised."""
    work.may_begin.clear()
    first = asyncio.create_task(batches.answer(0, ONE, here))
    assert await asyncio.to_thread(work.has_begun.wait, 10)
    others = [asyncio.create_task(batches.answer(one, load, here)) for one in asked]
    await asyncio.sleep(0.01)
    work.may_begin.set()
    await first
    return await asyncio.gather(*others, return_exceptions=True)


def test_what_gathers_while_others_are_served_is_one_batch(work: Work) -> None:
    """Sixteen callers cost little more than one."""
    answers = run(MicroBatches(work), lambda batches: ask_behind(work, batches, range(1, 17)))

    assert answers == [2 * one for one in range(1, 17)]
    assert work.batches == [[0], list(range(1, 17))]


def test_a_batch_ends_where_the_next_would_wait_too_long(work: Work) -> None:
    """A batch of everything would make all wait for all."""
    run(MicroBatches(work), lambda batches: ask_behind(work, batches, range(1, AT_ONCE + 4)))

    assert [len(batch) for batch in work.batches] == [1, AT_ONCE, 3]


def test_a_request_of_many_tickets_is_not_parted(work: Work) -> None:
    """It is stored in one transaction, so that it can be sent again."""
    many = Load(n_tickets=1_000, n_bytes=1)

    run(MicroBatches(work), lambda batches: ask_behind(work, batches, [1, 2], many))

    assert work.batches == [[0], [1], [2]]


def test_who_cannot_be_answered_fails_alone(work: Work) -> None:
    """One ticket that nobody foresaw must not take fifteen others with it."""
    answers = run(MicroBatches(work), lambda batches: ask_behind(work, batches, [1, 2, "broken", 4, 5]))

    assert [type(answer) for answer in answers] == [int, int, ZeroDivisionError, int, int]
    assert [answer for answer in answers if isinstance(answer, int)] == [2, 4, 8, 10]


def test_an_error_that_is_given_is_for_one(work: Work) -> None:
    """A conflict is the caller's own; nothing is tried again for it."""
    conflict = ValueError("yours")

    answers = run(MicroBatches(work), lambda batches: ask_behind(work, batches, [1, conflict]))

    assert answers == [2, conflict]
    assert len(work.batches) == 2


def test_a_refusal_of_everything_is_told_to_everybody_at_once() -> None:
    """Asking an unreachable database once a ticket would make it worse."""
    n_calls = 0

    def refuse(_asked: Sequence[int]) -> list[int]:
        nonlocal n_calls
        n_calls += 1
        time.sleep(0.02)
        raise StoreUnusable("gone")

    async def three(batches: "MicroBatches[int, int]") -> list[Any]:
        return await asyncio.gather(*(batches.answer(i, ONE, here) for i in range(3)), return_exceptions=True)

    answers = run(MicroBatches(refuse), three)

    assert [str(answer) for answer in answers] == ["gone"] * 3
    assert n_calls <= 2


@pytest.mark.parametrize("most", [Load(n_tickets=3, n_bytes=10_000), Load(n_tickets=100, n_bytes=300)])
def test_what_cannot_wait_is_refused_at_once(work: Work, most: Load) -> None:
    """A queue without an end is memory without an end, and answers that nobody waits for any more."""
    answers = run(MicroBatches(work, most), lambda batches: ask_behind(work, batches, range(1, 6)))

    assert [type(answer) for answer in answers] == [int, int, Overloaded, Overloaded, Overloaded]
    assert str(answers[2]) == "3 tickets are waiting to be scored; ask again in a moment."


def test_a_request_larger_than_the_queue_is_served_when_nothing_waits(work: Work) -> None:
    """Otherwise it never would be."""
    huge = Load(n_tickets=10, n_bytes=10)

    answer = run(MicroBatches(work, Load(5, 5)), lambda batches: batches.answer(4, huge, here))

    assert answer == 8


def test_room_is_given_back(work: Work) -> None:
    """By those who were answered, and by those who were refused or failed."""

    async def often(batches: "MicroBatches[Any, Any]") -> list[Any]:
        first = await ask_behind(work, batches, [1, "broken", 3])
        return [*first, *await ask_behind(work, batches, [4, 5])]

    answers = run(MicroBatches(work, Load(3, 10_000)), often)

    assert [type(answer) for answer in answers] == [int, ZeroDivisionError, Overloaded, int, int]


def test_a_caller_who_gave_up_costs_nothing(work: Work) -> None:
    """Clients time out and ask again; the first request must not be worked on for nobody."""

    async def give_up(batches: "MicroBatches[Any, Any]") -> None:
        work.may_begin.clear()
        first = asyncio.create_task(batches.answer(0, ONE, here))
        assert await asyncio.to_thread(work.has_begun.wait, 10)
        second = asyncio.create_task(batches.answer(1, ONE, here))
        await asyncio.sleep(0.01)
        second.cancel()
        await asyncio.sleep(0)
        work.may_begin.set()
        await first

    run(MicroBatches(work), give_up)

    assert work.batches == [[0]]


def test_a_caller_who_hung_up_is_noticed_where_many_wait(work: Work, monkeypatch: pytest.MonkeyPatch) -> None:
    """No server tells a request that its client is gone unless it is asked."""
    monkeypatch.setattr("api.micro_batches.LOOK_EVERY_SECONDS", 0.01)

    async def gone() -> bool:
        return True

    async def hang_up(batches: "MicroBatches[Any, Any]") -> list[Any]:
        work.may_begin.clear()
        first = asyncio.create_task(batches.answer(0, Load(AT_ONCE + 1, 1), here))
        assert await asyncio.to_thread(work.has_begun.wait, 10)
        waiting = [asyncio.create_task(batches.answer(1, ONE, who)) for who in (gone, here)]
        await asyncio.wait(waiting[:1])
        work.may_begin.set()
        await first
        return await asyncio.gather(*waiting, return_exceptions=True)

    answers = run(MicroBatches(work), hang_up)

    assert [type(answer) for answer in answers] == [CallerGone, int]
    assert work.batches == [[0], [1]]


def test_stopping_answers_whoever_waits(work: Work) -> None:
    """Nothing that was taken in is dropped."""

    async def stop(batches: "MicroBatches[Any, Any]") -> list[Any]:
        work.may_begin.clear()
        asked = [asyncio.create_task(batches.answer(i, ONE, here)) for i in range(5)]
        assert await asyncio.to_thread(work.has_begun.wait, 10)
        stopped = asyncio.create_task(asyncio.to_thread(batches.stop))
        await asyncio.sleep(0.01)
        assert not stopped.done()
        work.may_begin.set()
        await stopped
        return await asyncio.gather(*asked)

    assert run(MicroBatches(work), stop) == [0, 2, 4, 6, 8]
    assert not [thread for thread in threading.enumerate() if thread.name == "micro-batches"]


def test_asking_after_a_stop_begins_again(work: Work) -> None:
    """An application may be started twice in one process."""

    async def again(batches: "MicroBatches[Any, Any]") -> list[Any]:
        first = await batches.answer(1, ONE, here)
        await asyncio.to_thread(batches.stop)
        return [first, await batches.answer(2, ONE, here)]

    assert run(MicroBatches(work), again) == [2, 4]


def test_callers_of_two_event_loops_are_served_alike(work: Work) -> None:
    """Each hears of it in its own."""
    batches: MicroBatches[Any, Any] = MicroBatches(work)
    answers = []

    def one_loop(number: int) -> None:
        answers.append(asyncio.run(batches.answer(number, ONE, here)))

    threads = [threading.Thread(target=one_loop, args=(i,)) for i in (1, 2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    batches.stop()

    assert sorted(answers) == [2, 4]


def test_a_thread_may_wait_beside_event_loops(work: Work) -> None:
    """Whoever works a queue has no loop, and gets the same answers, errors and refusals."""
    batches: MicroBatches[Any, Any] = MicroBatches(work, Load(3, 10_000))
    work.may_begin.clear()
    waiting = [batches.begin(asked, ONE) for asked in (1, "broken", 3)]
    with pytest.raises(Overloaded):
        batches.begin(4, ONE)
    work.may_begin.set()

    assert [waiting[0].result(10), waiting[2].result(10)] == [2, 6]
    with pytest.raises(ZeroDivisionError):
        waiting[1].result(10)
    assert batches.begin(4, ONE).result(10) == 8
    batches.stop()


def test_a_caller_who_gives_up_while_at_work_harms_nobody(work: Work) -> None:
    """Answering somebody who has gone is an error in asyncio, and must not end the thread for all who come later."""

    async def give_up(batches: "MicroBatches[Any, Any]") -> list[Any]:
        work.may_begin.clear()
        asked = [asyncio.create_task(batches.answer(i, ONE, here)) for i in range(3)]
        assert await asyncio.to_thread(work.has_begun.wait, 10)
        asked[0].cancel()
        await asyncio.sleep(0)
        work.may_begin.set()
        answers = await asyncio.gather(*asked, return_exceptions=True)
        return [*answers, await batches.answer(4, ONE, here)]

    answers = run(MicroBatches(work), give_up)

    assert isinstance(answers[0], asyncio.CancelledError)
    assert answers[1:] == [2, 4, 8]
