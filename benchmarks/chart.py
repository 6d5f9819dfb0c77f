"""The chart of requests a second by way to serve."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import matplotlib as mpl
from matplotlib.figure import Figure

__all__ = ["draw_requests"]

_COLOURS = ("#1f5f8b", "#9cc3dd")
_BAR = 0.38


def draw_requests(figures: Sequence[Mapping[str, Any]], out: Path) -> None:
    """Write an SVG with a bar a peer and number of connections; the same figures give the same bytes.

    Args:
        figures: of each load `peer`, `n_connections` and `requests_per_second`.
        out: the file.
    """
    peers = list(dict.fromkeys(of["peer"] for of in figures))
    connections = list(dict.fromkeys(of["n_connections"] for of in figures))
    figure = Figure(figsize=(8, 0.75 * len(peers) + 1), layout="constrained")
    axes = figure.subplots()
    for i, (n, colour) in enumerate(zip(connections, _COLOURS, strict=True)):
        rates = {of["peer"]: of["requests_per_second"] for of in figures if of["n_connections"] == n}
        places = [place + i * _BAR for place in range(len(peers))]
        bars = axes.barh(
            places,
            [rates[peer] for peer in peers],
            height=_BAR,
            color=colour,
            label=f"{n} connection{'s' if n > 1 else ''}",
        )
        axes.bar_label(bars, fmt="{:,.0f}", padding=3)
    axes.set_yticks([place + _BAR / 2 for place in range(len(peers))], peers)
    axes.invert_yaxis()
    axes.set_xscale("log")
    axes.set_xlim(left=1)
    axes.xaxis.set_major_formatter("{x:,.0f}")
    axes.set_xlabel("requests a second, logarithmic scale")
    axes.margins(x=0.15)
    axes.spines[["top", "right"]].set_visible(False)
    axes.legend(frameon=False, loc="lower right")
    out.parent.mkdir(parents=True, exist_ok=True)
    with mpl.rc_context({"svg.hashsalt": "triage", "svg.fonttype": "none"}):
        figure.savefig(out, metadata={"Date": None})
