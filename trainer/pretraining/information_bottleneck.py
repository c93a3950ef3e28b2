"""The agglomerative information bottleneck: many fine clusters are merged into few."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.special import xlogy

Floats = NDArray[np.float64]


def agglomerate(joint: Floats, groups: int) -> NDArray[np.intp]:
    """Merge the rows of a joint distribution pairwise, always the pair that loses least information on the columns.

    Slonim and Tishby 1999, "Agglomerative information bottleneck": merging rows i and j loses
    (p_i + p_j) JS(p(column | i), p(column | j)) nats of mutual information. Greedy, until `groups` rows are left.
    `joint` `(rows, columns)` is not negative and need not sum to 1. Returns the group of each row, intp `(rows,)` in
    [0, groups).

    Raises:
        ValueError: there are fewer rows than groups.
    """
    rows = joint / joint.sum()
    if len(rows) < groups:
        raise ValueError(f"{len(rows)} clusters cannot be merged into {groups}")
    group = np.arange(len(rows))
    while len(rows) > groups:
        loss = _information_loss(rows)
        kept, removed = sorted(np.unravel_index(loss.argmin(), loss.shape))
        rows[kept] += rows[removed]
        rows = np.delete(rows, removed, axis=0)
        group[group == removed] = kept
        group[group > removed] -= 1
    return group


def _information_loss(rows: Floats) -> Floats:
    """Mutual information lost by merging each pair of rows, `(rows, rows)` in nats; infinite on the diagonal."""
    # I = sum p log p - sum (row mass) log (row mass) - a term of the columns, which merging rows does not change.
    information = xlogy(rows, rows).sum(1) - xlogy(rows.sum(1), rows.sum(1))
    merged = rows[:, None] + rows[None]
    mass = merged.sum(2)
    loss: Floats = information[:, None] + information[None] - xlogy(merged, merged).sum(2) + xlogy(mass, mass)
    np.fill_diagonal(loss, np.inf)
    return loss
