"""The service and its peers under load: each is started anew in every round and asked in turn; medians and ratios.

Load and server share one machine, so figures compare the peers with one another and say little of a larger machine.
"""

import sys
import tempfile
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

from benchmarks.measurement import Measurement
from benchmarks.serving.alone import measure_batches, measure_tickets
from benchmarks.serving.desk import prepare_desk
from benchmarks.serving.load import Answered, post, require_wrk
from benchmarks.serving.peers import Peer, prepare_peers
from benchmarks.serving.rounds import Rounds

__all__ = ["run"]

N_ROUNDS = 3
CONNECTIONS = (16, 1)
SECONDS, WARM_UP_SECONDS = 5, 2


@dataclass(frozen=True, slots=True)
class _Seen:
    """What one peer did, round by round; under load by the number of connections."""

    seconds_to_ready: list[float] = field(default_factory=list)
    megabytes: list[float] = field(default_factory=list)
    answered: dict[int, list[Answered]] = field(default_factory=lambda: defaultdict(list))


def run() -> Iterator[Measurement]:
    """Everyone, then what only the service can do."""
    require_wrk()
    with tempfile.TemporaryDirectory(prefix="triage-") as folder:
        desk = prepare_desk(Path(folder))
        peers = prepare_peers(desk)
        seen = {peer.name: _Seen() for peer in peers}
        for i in range(N_ROUNDS):
            print(f"round {i + 1} of {N_ROUNDS}", file=sys.stderr)
            for peer in (*peers[i % len(peers) :], *peers[: i % len(peers)]):
                _ask(peer, seen[peer.name], desk.folder / "server.log")
        ceiling = seen[peers[0].name]
        for n_connections in CONNECTIONS:
            for peer in peers:
                yield _under_load(peer, seen[peer.name], ceiling, n_connections)
        for peer in peers:
            yield _process(peer, seen[peer.name])
        yield from measure_batches(desk)
        yield from measure_tickets(desk)


def _ask(peer: Peer, seen: _Seen, log: Path) -> None:
    with peer.started(log) as server:
        seen.seconds_to_ready.append(server.seconds_to_ready)
        requests = peer.requests(server)
        for n_connections in CONNECTIONS:
            seen.answered[n_connections].append(
                post(requests, n_connections=n_connections, seconds=SECONDS, warm_up_seconds=WARM_UP_SECONDS)
            )
        seen.megabytes.append(server.megabytes())


def _under_load(peer: Peer, seen: _Seen, ceiling: _Seen, n_connections: int) -> Measurement:
    rounds = Rounds(seen.answered[n_connections])
    ratio = rounds.ratio_to(Rounds(ceiling.answered[n_connections]))
    of = {"kind": "load", "peer": peer.name, "what": peer.what, "n_connections": n_connections, "ratio_to_empty": ratio}
    return Measurement(
        f"{peer.name}, {n_connections} connection{'s' if n_connections > 1 else ''}",
        rounds.described(),
        f"{ratio:.3f} of empty",
        of | rounds.figures(),
    )


def _process(peer: Peer, seen: _Seen) -> Measurement:
    seconds, megabytes = median(seen.seconds_to_ready), median(seen.megabytes)
    return Measurement(
        f"{peer.name}, its process",
        f"ready after {seconds:.2f} s, {megabytes:.0f} MB after the load",
        figures={"kind": "process", "peer": peer.name, "seconds_to_ready": seconds, "megabytes": megabytes},
    )
