"""Many fine clusters into few: the agglomerative information bottleneck."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.special import xlogy

Floats = NDArray[np.float64]


def merge(joint: Floats, groups: int) -> NDArray[np.intp]:
    """Merge the rows of a joint distribution, two at a time, where least is lost of what they say of the columns.

    Slonim and Tishby 1999, "Agglomerative information bottleneck": a merger costs
    (p_i + p_j) JS(p(column | i), p(column | j)) nats of mutual information. Greedy, from the rows down to `groups`.
    Returns each row's group, intp `(rows,)` below `groups`; `joint` `(rows, columns)` is not negative and need not
    sum to 1.

    Raises:
        ValueError: fewer rows than groups.
    """
    rows = joint / joint.sum()
    if len(rows) < groups:
        raise ValueError(f"{len(rows)} clusters cannot be merged into {groups}")
    group = np.arange(len(rows))
    while len(rows) > groups:
        cost = _costs(rows)
        keep, gone = sorted(np.unravel_index(cost.argmin(), cost.shape))
        rows[keep] += rows[gone]
        rows = np.delete(rows, gone, axis=0)
        group[group == gone] = keep
        group[group > gone] -= 1
    return group


def _costs(rows: Floats) -> Floats:
    """Information lost by merging each pair of rows, in nats; infinite on the diagonal."""
    # I = sum p log p - sum (row mass) log (row mass) - a term of the columns, which merging rows leaves alone.
    information = xlogy(rows, rows).sum(1) - xlogy(rows.sum(1), rows.sum(1))
    together = rows[:, None] + rows[None]
    mass = together.sum(2)
    cost: Floats = information[:, None] + information[None] - xlogy(together, together).sum(2) + xlogy(mass, mass)
    np.fill_diagonal(cost, np.inf)
    return cost
