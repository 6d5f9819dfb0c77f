"""Several rounds of the same load as one: medians, and ratios within a round."""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from statistics import median
from typing import Self

from benchmarks.serving.load import Answered

__all__ = ["Rounds"]


@dataclass(frozen=True, slots=True)
class Rounds:
    """What came of a load in each round."""

    answered: Sequence[Answered]

    def ratio_to(self, other: Self) -> float:
        """Requests a second as a multiple of another load's: the median of the rounds' ratios."""
        return median(
            own.requests_per_second / theirs.requests_per_second
            for own, theirs in zip(self.answered, other.answered, strict=True)
        )

    def described(self) -> str:
        """The medians, for people."""
        n_failed = sum(one.n_refused + one.n_socket_errors for one in self.answered)
        return (
            f"{self._median(lambda one: one.requests_per_second):,.0f} requests/s, "
            f"p50 {self._median(lambda one: one.p50_ms):.1f} ms, p90 {self._median(lambda one: one.p90_ms):.1f} ms, "
            f"p99 {self._median(lambda one: one.p99_ms):.1f} ms, slowest {self._median(lambda one: one.max_ms):.0f} ms"
            f"{f', {n_failed} failed' if n_failed else ''}"
        )

    def figures(self) -> dict[str, object]:
        """The medians, the sums of what failed, and the rounds themselves, for programs."""
        return {
            "requests_per_second": self._median(lambda one: one.requests_per_second),
            "p50_ms": self._median(lambda one: one.p50_ms),
            "p90_ms": self._median(lambda one: one.p90_ms),
            "p99_ms": self._median(lambda one: one.p99_ms),
            "max_ms": self._median(lambda one: one.max_ms),
            "n_refused": sum(one.n_refused for one in self.answered),
            "n_socket_errors": sum(one.n_socket_errors for one in self.answered),
            "rounds": [asdict(one) for one in self.answered],
        }

    def _median(self, figure: Callable[[Answered], float]) -> float:
        return median(map(figure, self.answered))
