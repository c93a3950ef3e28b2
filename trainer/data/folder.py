"""A data set from a folder of pictures: one subfolder a class, whatever size and mode the pictures are."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps

from latent.spec import nfc
from trainer.data import packed
from trainer.data.dataset import DataError

_BAD_SHARE = 0.01  # of the files; more than a few strays means that the folder is not what it was taken for
_NAMED = 20  # bad files an error names
_MODES = {1: "L", 3: "RGB"}


@dataclass(frozen=True)
class Look:
    """What every picture is made to look like.

    `size`: height and width in pixels; the picture is scaled to cover the square and cut at its middle.
    `channels`: 1 for grey, 3 for colour. `background`: the colour behind transparent pixels.
    """

    size: int
    channels: int = 3
    background: str = "white"


def pack(
    source: Path, root: Path, name: str, look: Look, test_share: float, say: Callable[[str], None] = lambda line: None
) -> None:
    """Pack the pictures of `source` as data set `name`; the subfolders, in order, name the labels.

    Names are compared in Unicode's composed form: archives of other systems may hold one name in two forms.

    `test_share` of each class, at least one picture, is the test set: those whose pixels hash lowest, so that neither
    the files' names nor their order matter. Files whose names start with a dot are no pictures. A file that cannot be
    read is skipped, and `say` is told its name.

    Raises:
        DataError: no subfolder, a class without two pictures, or more than 1 % of the files cannot be read.
    """
    folders = sorted(path for path in source.glob("*") if path.is_dir() and not path.name.startswith("."))
    if not folders:
        raise DataError(f"--from {source}: no subfolder there; it takes one subfolder a class, full of pictures")
    classes: dict[str, list[NDArray[np.uint8]]] = {}
    files, bad = 0, []
    for folder in sorted(folders, key=lambda folder: (nfc(folder.name), folder.name)):
        images = classes.setdefault(nfc(folder.name), [])
        for path in sorted(path for path in folder.rglob("*") if path.is_file() and not path.name.startswith(".")):
            files += 1
            try:
                images.append(read(path, look))
            except Exception as error:  # a decoder raises anything when its file is damaged
                bad.append(f"{path.relative_to(source)}: {error}")
    if len(bad) > _BAD_SHARE * files:
        more = [f"  and {len(bad) - _NAMED} more"] if len(bad) > _NAMED else []
        reason = f"{len(bad)} of {files} files cannot be read, more than {_BAD_SHARE:.0%}; mend or move them"
        raise DataError("\n".join([f"--from {source}: {reason}", *(f"  {line}" for line in bad[:_NAMED]), *more]))
    for line in bad:
        say(f"skipped {line}")
    for label, images in classes.items():
        if len(images) < 2:
            raise DataError(f"{source / label}: {len(images)} pictures, a class needs one for each split")
    train, test = zip(*(split(images, test_share) for images in classes.values()), strict=True)
    packed.write(
        root,
        name,
        tuple(classes),
        {"train": _together(train), "test": _together(test)},
        {
            "maker": "folder",
            "source": source.resolve().name,
            "background": look.background,
            "test_share": test_share,
            "skipped": tuple(bad),
        },
    )


def read(path: Path, look: Look) -> NDArray[np.uint8]:
    """One picture, upright, as uint8 `(channels, size, size)`."""
    with Image.open(path) as opened:
        image = eight_bit(ImageOps.exif_transpose(opened))
    if image.has_transparency_data:
        image = image.convert("RGBA")
        image = Image.alpha_composite(Image.new("RGBA", image.size, look.background), image)
    image = image.convert(_MODES[look.channels])
    pixels = np.asarray(ImageOps.fit(image, (look.size, look.size), Image.Resampling.LANCZOS))
    return np.atleast_3d(pixels).transpose(2, 0, 1)


def eight_bit(image: Image.Image) -> Image.Image:
    """A picture of 16-bit grey values, 65,535 = white, as one of 8 bits; any other as it is.

    Raises:
        ValueError: values without a known white, as floating-point pictures have them.
    """
    if image.mode == "F":
        raise ValueError("its values are floating-point numbers, of which none is known to be white")
    if not image.mode.startswith("I"):
        return image
    values = np.asarray(image).astype(np.int64)
    if values.min() < 0 or values.max() > 65535:
        raise ValueError("its values do not fit 16 bits")
    return Image.fromarray(np.rint(values / 257).astype(np.uint8))


def split(
    images: list[NDArray[np.uint8]], test_share: float
) -> tuple[list[NDArray[np.uint8]], list[NDArray[np.uint8]]]:
    """A class's images as train and test, at least one in each, in an order that depends on the pixels alone."""
    ordered = sorted(images, key=lambda image: hashlib.sha256(image.tobytes()).digest())
    count = min(max(round(test_share * len(images)), 1), len(images) - 1)
    return ordered[count:], ordered[:count]


def _together(classes: tuple[list[NDArray[np.uint8]], ...]) -> tuple[packed.Images, packed.Labels]:
    """The classes' images as one array and their labels, spread so that every stretch holds the classes alike."""
    labels = np.repeat(np.arange(len(classes)), [len(images) for images in classes])
    place = np.concatenate([(np.arange(len(images)) + 0.5) / len(images) for images in classes])
    order = np.argsort(place, kind="stable")
    return np.stack([image for images in classes for image in images])[order], labels[order].astype(np.int64)
