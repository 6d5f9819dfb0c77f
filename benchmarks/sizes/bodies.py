"""Requests of so many bytes, half of them by customers whom the database knows."""

import json
from pathlib import Path

import numpy as np

from benchmarks.sizes.customers import customer_id
from benchmarks.sizes.size import Size
from benchmarks.sizes.vocabulary import Vocabulary

__all__ = ["draw_bodies", "write_bodies"]

N_BODIES, MOST_BYTES = 2_000, 20_000_000


def write_bodies(path: Path, vocabulary: Vocabulary, size: Size) -> None:
    """As many as a load needs before one comes again, and a few of the very large ones."""
    path.write_text("".join(f"{body}\n" for body in draw_bodies(vocabulary, size)), encoding="utf-8")


def draw_bodies(vocabulary: Vocabulary, size: Size) -> list[str]:
    """JSON texts, each as long as the size says."""
    chance = np.random.default_rng(23)
    n = min(N_BODIES, MOST_BYTES // size.n_bytes)
    known = chance.permutation(size.n_customers)
    customers = [int(known[i // 2 % known.size]) if i % 2 else size.n_customers + i for i in range(n)]
    return [_body(vocabulary, size.n_bytes, customer_id(i), chance) for i in customers]


def _body(vocabulary: Vocabulary, n_bytes: int, customer: str, chance: np.random.Generator) -> str:
    frame = json.dumps({"body": "", "customer_id": customer})
    left = n_bytes - len(frame)
    text = json.dumps(vocabulary.text(left, chance))[1:-1]  # a line break takes two bytes there
    text = text[:left].removesuffix("\\").ljust(left)
    return frame.replace('""', f'"{text}"', 1)
