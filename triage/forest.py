"""Boosted trees as flat arrays: what scikit-learn has learned, computed with numpy alone.

A node's question is whether a value lies above its threshold. Leaves ask the same and stay where they are, so that all
tickets go down all trees by the same number of steps.
"""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

__all__ = ["Forest"]


@dataclass(frozen=True, slots=True, eq=False)
class Forest:
    """Trees whose values are added up.

    Attributes:
        features: which column a node asks about, int32 of shape (n_nodes,).
        thresholds: float64 of shape (n_nodes,).
        children: where to go from a node up to its threshold and above it, int32 of shape (n_nodes, 2); a leaf's are
            itself.
        values: what a node says, in the units of the score, float64 of shape (n_nodes,).
        roots: where each tree begins, int32 of shape (n_trees,).
        depth: how many questions lead from a root to the farthest leaf.
    """

    features: NDArray[np.int32]
    thresholds: NDArray[np.float64]
    children: NDArray[np.int32]
    values: NDArray[np.float64]
    roots: NDArray[np.int32]
    depth: int = field(init=False)
    _flat: NDArray[np.int32] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        """Measure how deep the trees are.

        Raises:
            ValueError: a way leads back, or out of the arrays.
        """
        n = self.values.size
        if n and not (self.children.min() >= 0 and self.children.max() < n):
            raise ValueError("a tree leads out of its nodes")
        depth, at = 0, self.roots
        while at.size:
            at = np.unique(at[self.children[at, 0] != at])
            at = np.unique(self.children[at])
            depth += bool(at.size)
            if depth > n:
                raise ValueError("a tree leads back to a node of its own")
        object.__setattr__(self, "depth", depth)
        object.__setattr__(self, "_flat", np.ascontiguousarray(self.children).ravel())

    def leaves(self, rows: NDArray[np.float64]) -> NDArray[np.int32]:
        """The leaf that each row reaches in each tree, int32 of shape (n, n_trees)."""
        n, n_columns = rows.shape
        flat, begin = rows.ravel(), (np.arange(n, dtype=np.int32) * n_columns)[:, None]
        at = np.broadcast_to(self.roots, (n, self.roots.size))
        for _ in range(self.depth):
            is_above = flat.take(begin + self.features.take(at)) > self.thresholds.take(at)
            at = self._flat.take(2 * at + is_above)
        return at

    def shares(self, groups: NDArray[np.int64], n_groups: int) -> NDArray[np.float64]:
        """What the questions on the way to each leaf added to its value, by group of the columns they asked about.

        A leaf's shares and the values of its tree's root add up to its value (Saabas 2014).

        Args:
            groups: for each column the group it belongs to, shape (n_columns,).
            n_groups: how many there are.

        Returns:
            float64 of shape (n_nodes, n_groups).
        """
        shares = np.zeros((self.values.size, n_groups))
        at = self.roots.astype(np.int64)
        for _ in range(self.depth):
            at = at[self.children[at, 0] != at]
            for side in (0, 1):
                below = self.children[at, side]
                shares[below] = shares[at]
                shares[below, groups[self.features[at]]] += self.values[below] - self.values[at]
            at = self.children[at].ravel().astype(np.int64)
        return shares
