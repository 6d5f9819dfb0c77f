"""The side that sends webhooks: it sends each again until it is answered with success."""

import contextlib
import http.client
import json
import threading
import time
from collections.abc import Callable, Iterator

from benchmarks.reliability.desk import SECRET

__all__ = ["Sender", "post"]

N_CLIENTS = 8
AGAIN_AFTER_SECONDS = 0.1


class Sender:
    """Sends tickets by their numbers, from several threads at once.

    Args:
        port: of the service.
        may_send: whether the ticket of this number may be sent yet.
    """

    def __init__(self, port: int, may_send: Callable[[int], bool] = lambda _: True) -> None:
        self._port = port
        self._may_send = may_send
        self._lock = threading.Lock()
        self.n_accepted = 0
        self.n_sent_again = 0
        self.is_stopped = False

    def send(self, numbers: Iterator[int]) -> list[threading.Thread]:
        """Begins to send; the threads end when all are accepted."""
        threads = [threading.Thread(target=self._client, args=(numbers,), daemon=True) for _ in range(N_CLIENTS)]
        for thread in threads:
            thread.start()
        return threads

    def _client(self, numbers: Iterator[int]) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=10)
        with contextlib.closing(connection):
            while (number := self._next(numbers)) is not None:
                while not self._may_send(number) and not self.is_stopped:
                    time.sleep(0.02)
                while not self._is_accepted(connection, number) and not self.is_stopped:
                    self.n_sent_again += 1
                    time.sleep(AGAIN_AFTER_SECONDS)

    def _next(self, numbers: Iterator[int]) -> int | None:
        with self._lock:
            return next(numbers, None)

    def _is_accepted(self, connection: http.client.HTTPConnection, number: int) -> bool:
        try:
            status = post(connection, number)
        except (OSError, http.client.HTTPException):
            connection.close()
            return False
        if not 200 <= status < 300:
            return False
        with self._lock:
            self.n_accepted += 1
        return True


def post(connection: http.client.HTTPConnection, number: int) -> int:
    """Sends one webhook, and gives the status of the answer."""
    body = {"event": "created", "ticket_id": number, "ticket_updated_at": "2026-11-28T08:00:00Z"}
    headers = {"Authorization": f"Bearer {SECRET}", "Content-Type": "application/json"}
    connection.request("POST", "/v1/hooks/desk", json.dumps(body), headers)
    with connection.getresponse() as answer:
        answer.read()
        return answer.status
