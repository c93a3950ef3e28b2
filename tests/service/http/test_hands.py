"""One hand from the readings of several pictures."""

from __future__ import annotations

import numpy as np
import pytest

from latent.encoder import LOG_VARIANCE
from service.http.hands import combined_hand
from tests.framed_models import FRAMED

COLUMNS = {"style": slice(0, 3), "c2": slice(3, 4), f"style{LOG_VARIANCE}": slice(4, 7)}


def test_without_variances_the_hand_is_the_mean() -> None:
    columns = {"style": COLUMNS["style"], "c2": COLUMNS["c2"]}
    rows = np.array([[1, 0, -5, 0.5], [0, 0, -3, 2.5]], np.float32)
    assert combined_hand(FRAMED, columns, rows) == {"style": [0.5, 0.0, -3.0], "c2": 1.0}


def test_with_variances_more_pictures_are_drawn_less_to_the_prior() -> None:
    # Each picture says 2 with variance 1, so that its posterior is 1 with variance 1/2.
    one = np.array([[1, 0, 0.4, 0, np.log(0.5), np.log(0.5), 0.3]], np.float32)
    styles = [combined_hand(FRAMED, COLUMNS, np.repeat(one, n, axis=0))["style"] for n in (1, 3, 1000)]
    assert [style[0] for style in styles] == pytest.approx([1.0, 1.5, 2.0], abs=0.01)  # type: ignore[index]


def test_a_sure_reading_counts_more() -> None:
    rows = np.array([[1, 0, 0, 0, -4, 0, 0], [-1, 0, 0, 0, -1, 0, 0]], np.float32)
    style = combined_hand(FRAMED, COLUMNS, rows)["style"]
    assert 0.8 < style[0] < 1  # type: ignore[index,operator]
