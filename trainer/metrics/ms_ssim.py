"""Diversity within a class: the multi-scale structural similarity of two images of it.

It shows mode collapse: Odena et al. 2017, "Conditional image synthesis with auxiliary classifier GANs", section 4.2.
The similarity is that of Wang et al. 2003, "Multiscale structural similarity for image quality assessment".
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter

Floats = NDArray[np.float64]

_WEIGHTS = np.array([0.0448, 0.2856, 0.3001, 0.2363, 0.1333])  # of the scales, from fine to coarse
_RADIUS = 5  # the window is an 11 x 11 Gaussian
_SIGMA = 1.5
_C1, _C2 = (0.01 * 255) ** 2, (0.03 * 255) ** 2
_PAIRS = 200  # a class


def within_class_ms_ssim(images: NDArray[np.uint8], classes: NDArray[np.integer], seed: int = 0) -> float | None:
    """The mean MS-SSIM of random pairs of a class, averaged over the classes: 1 where all images of a class are equal.

    Images uint8 `(n, C, H, W)` of `classes` `(n,)`; up to 200 pairs per class, no image in more than one of them. The
    value must be compared with that of real images. None where no class has two images.
    """
    rng = np.random.default_rng(seed)
    means = []
    for group in np.unique(classes):
        members = rng.permutation(np.flatnonzero(classes == group))
        pairs = min(len(members) // 2, _PAIRS)
        if pairs:
            means.append(ms_ssim(images[members[:pairs]], images[members[pairs : 2 * pairs]]).mean())
    return float(np.mean(means)) if means else None


def ms_ssim(a: NDArray[np.uint8], b: NDArray[np.uint8]) -> Floats:
    """Two sets of images uint8 `(n, C, H, W)` -> the similarity of each pair `(n,)`, 0 to 1, averaged over channels.

    The window and weights are the published ones. Only those of the five scales are used that are at least as large as
    the window, and their weights are normalised to sum to 1: 28 pixels have two scales (28 and 14), 64 three, 128 four,
    176 all five.

    Raises:
        ValueError: a side is shorter than the window, 11 pixels.
    """
    side, window = min(a.shape[2:]), 2 * _RADIUS + 1
    if side < window:
        raise ValueError(f"a side of {side} pixels; the window has {window}")
    scales = min(len(_WEIGHTS), int(np.log2(side / window)) + 1)
    weights = _WEIGHTS[:scales] / _WEIGHTS[:scales].sum()
    x, y = a.astype(np.float64), b.astype(np.float64)
    similarity = np.ones(x.shape[:2])
    for scale, weight in enumerate(weights):
        luminance, contrast = _compare(x, y)
        similarity_at_scale = (luminance * contrast if scale == scales - 1 else contrast).mean(axis=(2, 3))
        similarity *= np.maximum(similarity_at_scale, 0.0) ** weight  # negative values have no real root
        if scale < scales - 1:
            x, y = _halve(x), _halve(y)
    return np.asarray(similarity.mean(axis=1))


def _compare(x: Floats, y: Floats) -> tuple[Floats, Floats]:
    """The two factors of SSIM at every position of the window: luminance, and contrast times structure."""
    mean_x, mean_y = _blur(x), _blur(y)
    variance = _blur(x * x) + _blur(y * y) - mean_x**2 - mean_y**2
    covariance = _blur(x * y) - mean_x * mean_y
    luminance = (2 * mean_x * mean_y + _C1) / (mean_x**2 + mean_y**2 + _C1)
    return luminance, (2 * covariance + _C2) / (variance + _C2)


def _blur(x: Floats) -> Floats:
    blurred: Floats = gaussian_filter(x, _SIGMA, radius=_RADIUS, axes=(2, 3))
    return blurred[:, :, _RADIUS:-_RADIUS, _RADIUS:-_RADIUS]


def _halve(x: Floats) -> Floats:
    """Halve the size by averaging 2 x 2 pixels; the last row or column is dropped where their number is odd."""
    height, width = x.shape[2] // 2 * 2, x.shape[3] // 2 * 2
    blocks = x[:, :, :height, :width].reshape(*x.shape[:2], height // 2, 2, width // 2, 2)
    return np.asarray(blocks.mean(axis=(3, 5)))
