"""Snapshots: grids of generated images, written during training."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from torch import nn

from latent import codes, walk
from latent.codes import Latents
from latent.spec import Categorical, Continuous, LatentSpec
from trainer.networks.inference import generate
from trainer.storage.atomic import atomic_write

_COLUMNS = 10
_GAP = 1  # pixels between two images
_GAP_GREY = 40


def latents(spec: LatentSpec) -> dict[str, Latents]:
    """The latents of each snapshot, float32 `(n, dim)`: `samples`, and a traversal of each continuous code by its name.

    The rows of a snapshot are the values of the first categorical code, if there is one. The latents are always the
    same, so that the snapshots of a run can be compared.
    """
    category = next((v for v in spec if isinstance(v, Categorical)), None)
    rows = category.size if category else _COLUMNS
    samples = codes.draw(spec, 0, range(rows * _COLUMNS))
    starts = codes.draw(spec, 0, range(rows))
    if category:
        for value in range(rows):
            codes.assign(spec, samples[value * _COLUMNS : (value + 1) * _COLUMNS], {category.name: value}, "")
            codes.assign(spec, starts[value : value + 1], {category.name: value}, "")
    continuous = [v.name for v in spec if isinstance(v, Continuous)]
    walks = {dim: walk.traverse(spec, starts, dim, walk.points(spec, dim, steps=_COLUMNS)) for dim in continuous}
    return {"samples": samples} | walks


def grid(images: NDArray[np.uint8], columns: int = _COLUMNS) -> Image.Image:
    """Images uint8 `(n, C, H, W)`, row by row, as one picture with `columns` columns."""
    n, channels, height, width = images.shape
    rows = -(-n // columns)
    canvas = np.full((rows * (height + _GAP) - _GAP, columns * (width + _GAP) - _GAP, channels), _GAP_GREY, np.uint8)
    for i, image in enumerate(images.transpose(0, 2, 3, 1)):
        y, x = (i // columns) * (height + _GAP), (i % columns) * (width + _GAP)
        canvas[y : y + height, x : x + width] = image
    return Image.fromarray(canvas.squeeze(2) if channels == 1 else canvas)


def write(folder: Path, generator: nn.Module, spec: LatentSpec, kimg: float) -> None:
    """Write `<kimg>-<name>.png` into `folder` for every snapshot of `latents`; `generator` must be in eval mode."""
    for name, rows in latents(spec).items():
        images = generate(generator, rows)
        with atomic_write(folder / f"{round(kimg):06d}-{name}.png") as temporary:
            grid(images).save(temporary, "png")


def animate(folder: Path) -> Path:
    """Write the `samples` snapshots in `folder`, first to last, as `samples.gif`; returns its path."""
    frames = []
    for path in sorted(folder.glob("*-samples.png")):
        with Image.open(path) as snapshot:
            frames.append(snapshot.copy())
    target = folder / "samples.gif"
    with atomic_write(target) as temporary:
        # The last frame, the result of the run, is shown longer.
        durations = [200] * (len(frames) - 1) + [2000]
        frames[0].save(temporary, "gif", save_all=True, append_images=frames[1:], duration=durations, loop=0)
    return target
