"""Where the strokes of small charts lie; templates draw them as SVG, with a sentence and a table of the numbers."""

from collections.abc import Sequence
from dataclasses import dataclass

__all__ = ["Bar", "Bars", "bars", "line"]

_LEAST = 1.5  # so that one contact in a busy year can be seen


@dataclass(frozen=True, slots=True)
class Bar:
    """One stroke, from its upper left corner, and the number that it stands for."""

    x: float
    y: float
    width: float
    height: float
    n: int


@dataclass(frozen=True, slots=True)
class Bars:
    """A chart of bars in a box of this size; bars of nothing are left out."""

    width: float
    height: float
    strokes: tuple[Bar, ...]


def bars(counts: Sequence[int], width: float, height: float) -> Bars:
    """One bar for each number, from left to right, the largest as high as the box."""
    step, most = width / max(len(counts), 1), max(counts, default=0)
    strokes = []
    for place, n in enumerate(counts):
        if n:
            tall = max(_LEAST, height * n / most)
            strokes.append(
                Bar(round(place * step, 2), round(height - tall, 2), round(step * 0.75, 2), round(tall, 2), n)
            )
    return Bars(width, height, tuple(strokes))


def line(points: Sequence[tuple[float, float]], width: float, height: float) -> str:
    """A line through points between (0, 0), at the lower left, and (1, 1), as SVG writes it."""
    return " ".join(f"{width * x:.1f},{height * (1 - y):.1f}" for x, y in points)
