"""Ink made ready to be drawn: strokes in x-heights about the baseline, evenly sampled, smooth, inside the image."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter1d

from trainer.data.unipen.recording import Strokes

STEP = 0.04  # x-heights between two points of a stroke
_SMOOTHING = 0.05  # x-heights: standard deviation of the Gaussian that rounds the corners of a coarse tablet off


def on_line(strokes: Strokes, baseline: float, x_height: float) -> Strokes:
    """Strokes in x-heights, y upwards from the baseline, x to the right from the middle of the ink's width."""
    xs = np.concatenate([stroke[:, 0] for stroke in strokes])
    origin = np.array([(xs.min() + xs.max()) / 2, baseline])
    return tuple((stroke - origin) / x_height for stroke in strokes)


def length(strokes: Strokes) -> float:
    """How far the pen went on the paper, in the strokes' unit."""
    return float(sum(np.hypot(*np.diff(stroke, axis=0).T).sum() for stroke in strokes))


def smooth(strokes: Strokes) -> Strokes:
    """Strokes in x-heights with points `STEP` apart or a little less, smoothed; both ends stay where they are."""
    return tuple(_smooth(resample(stroke, STEP)) for stroke in strokes)


def resample(stroke: NDArray[np.float64], step: float) -> NDArray[np.float64]:
    """The same path by points that are evenly spaced, `step` apart or a little less; a dot is one point."""
    stroke = stroke[np.concatenate([[True], np.any(np.diff(stroke, axis=0) != 0, axis=1)])]
    along = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(stroke, axis=0).T))])
    if along[-1] == 0:
        return stroke[:1]
    places = np.linspace(0.0, along[-1], int(np.ceil(along[-1] / step)) + 1)
    return np.stack([np.interp(places, along, stroke[:, axis]) for axis in (0, 1)], axis=1)


def _smooth(stroke: NDArray[np.float64]) -> NDArray[np.float64]:
    reach = min(int(4 * _SMOOTHING / STEP), len(stroke) - 1)
    if reach < 1:
        return stroke
    # Reflected about its ends, so that they stay.
    longer = np.pad(stroke, ((reach, reach), (0, 0)), mode="reflect", reflect_type="odd")
    smoothed: NDArray[np.float64] = gaussian_filter1d(longer, _SMOOTHING / STEP, axis=0)[reach:-reach]
    return smoothed
