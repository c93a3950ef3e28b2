"""Sheets: what the generator draws, as pictures a person can judge."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from torch import nn

from latent import codes, walk
from latent.codes import Latents
from latent.spec import Categorical, Continuous, LatentSpec
from trainer.networks.output import to_uint8
from trainer.storage.atomic import replacing

_COLUMNS = 10
_GAP = 1  # pixels between two images
_PAPER = 40  # grey of the gap


def latents(spec: LatentSpec) -> dict[str, Latents]:
    """What each sheet shows: `samples`, and one traversal a continuous code; rows are the categories, if any.

    Always the same latents, so that two sheets of a run compare.
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
    """Images uint8 `(n, C, H, W)`, row by row, as one picture."""
    n, channels, height, width = images.shape
    rows = -(-n // columns)
    sheet = np.full((rows * (height + _GAP) - _GAP, columns * (width + _GAP) - _GAP, channels), _PAPER, np.uint8)
    for i, image in enumerate(images.transpose(0, 2, 3, 1)):
        y, x = (i // columns) * (height + _GAP), (i % columns) * (width + _GAP)
        sheet[y : y + height, x : x + width] = image
    return Image.fromarray(sheet.squeeze(2) if channels == 1 else sheet)


@torch.no_grad()
def write(folder: Path, generator: nn.Module, spec: LatentSpec, kimg: float, device: torch.device) -> None:
    """Write `<kimg>-<sheet>.png` into `folder` for every sheet of `latents`; `generator` is in eval mode."""
    for name, rows in latents(spec).items():
        images = to_uint8(generator(torch.from_numpy(rows).to(device))).cpu().numpy()
        with replacing(folder / f"{round(kimg):06d}-{name}.png") as temporary:
            grid(images).save(temporary, "png")


def animate(folder: Path) -> Path:
    """All sample sheets of a run, first to last, as `samples.gif`."""
    frames = []
    for path in sorted(folder.glob("*-samples.png")):
        with Image.open(path) as sheet:
            frames.append(sheet.copy())
    target = folder / "samples.gif"
    with replacing(target) as temporary:
        # The last frame stands longer: it is what the run came to.
        durations = [200] * (len(frames) - 1) + [2000]
        frames[0].save(temporary, "gif", save_all=True, append_images=frames[1:], duration=durations, loop=0)
    return target
