"""A data set from a folder of pictures with one subfolder per class; pictures may be of any size and mode."""

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

_MAX_UNREADABLE = 0.01  # fraction of the files; more of them mean that it is probably the wrong folder
_LISTED = 20  # unreadable files that an error message lists
_MODES = {1: "L", 3: "RGB"}


@dataclass(frozen=True)
class ImageFormat:
    """The format that every picture is converted to.

    `size`: height and width in pixels; the picture is scaled to cover the square and cropped at its centre.
    `channels`: 1 for grey, 3 for colour. `background`: the colour behind transparent pixels.
    """

    size: int
    channels: int = 3
    background: str = "white"


def pack(
    source: Path,
    root: Path,
    name: str,
    image_format: ImageFormat,
    test_fraction: float,
    log: Callable[[str], None] = lambda line: None,
) -> None:
    """Pack the pictures of `source` as data set `name`; the sorted names of the subfolders are the labels.

    The test set is the fraction `test_fraction` of each class, at least one picture: those with the lowest hash of
    their pixels, so that it does not depend on file names or their order. Names are compared in Unicode's form NFC:
    file systems differ in the form they keep. Hidden files, and files of another kind, such as `Thumbs.db`, are passed
    over. A picture that cannot be read is skipped. `log` is called with a line for either.

    Raises:
        DataError: there is no subfolder, a class has fewer than two pictures, or more than 1 % of them cannot be read.
    """
    entries = sorted(source.glob("*"))
    folders = [path for path in entries if path.is_dir() and not _is_hidden(path.name)]
    if not folders:
        raise DataError(f"--from {source}: no subfolder there; it takes one subfolder a class, full of pictures")
    labels = {folder: nfc(folder.name) for folder in folders}
    classes: dict[str, list[NDArray[np.uint8]]] = {label: [] for label in sorted(set(labels.values()))}
    files, unreadable = 0, list[str]()
    stray = [path.name for path in entries if path not in labels]
    found = [(label, path) for folder, label in labels.items() for path in sorted(folder.rglob("*")) if path.is_file()]
    for label, path in found:
        place = str(path.relative_to(source))
        if any(map(_is_hidden, path.relative_to(source).parts)):
            stray.append(place)
            continue
        try:
            classes[label].append(read(path, image_format))
            files += 1
        except Exception as error:  # decoders raise exceptions of any type on damaged files
            if _is_picture(path):
                files += 1
                unreadable.append(f"{place}: {error}")
            else:
                stray.append(place)
    if len(unreadable) > _MAX_UNREADABLE * files:
        more = [f"  and {len(unreadable) - _LISTED} more"] if len(unreadable) > _LISTED else []
        reason = (
            f"{len(unreadable)} of {files} files cannot be read, more than {_MAX_UNREADABLE:.0%}; repair or remove them"
        )
        raise DataError(
            "\n".join([f"--from {source}: {reason}", *(f"  {line}" for line in unreadable[:_LISTED]), *more])
        )
    if stray:
        listed = ", ".join(stray[:_LISTED]) + (f" and {len(stray) - _LISTED} more" if len(stray) > _LISTED else "")
        log(f"passed over {len(stray)} files or folders that are not pictures of a class: {listed}")
    for line in unreadable:
        log(f"skipped {line}")
    for label, images in classes.items():
        if len(images) < 2:
            raise DataError(f"{source / label}: {len(images)} pictures, a class needs at least one for each split")
    train, test = zip(*(split(images, test_fraction) for images in classes.values()), strict=True)
    packed.write(
        root,
        name,
        tuple(classes),
        {"train": _interleave(train), "test": _interleave(test)},
        {
            "maker": "folder",
            "source": source.resolve().name,
            "background": image_format.background,
            "test_share": test_fraction,
            "skipped": tuple(unreadable),
        },
    )


def _is_hidden(name: str) -> bool:
    """Whether a file or folder is hidden, or is the folder of resource forks in a zip file made by macOS."""
    return name.startswith(".") or name == "__MACOSX"


def _is_picture(path: Path) -> bool:
    """Whether a file that cannot be read is meant to be a picture: by its suffix, or because it has none."""
    return path.suffix == "" or path.suffix.lower() in Image.registered_extensions()


def read(path: Path, image_format: ImageFormat) -> NDArray[np.uint8]:
    """One picture, turned upright as its EXIF orientation says, as uint8 `(channels, size, size)`."""
    with Image.open(path) as opened:
        image = to_8_bit(ImageOps.exif_transpose(opened))
    if image.has_transparency_data:
        image = image.convert("RGBA")
        image = Image.alpha_composite(Image.new("RGBA", image.size, image_format.background), image)
    image = image.convert(_MODES[image_format.channels])
    pixels = np.asarray(ImageOps.fit(image, (image_format.size, image_format.size), Image.Resampling.LANCZOS))
    return np.atleast_3d(pixels).transpose(2, 0, 1)


def to_8_bit(image: Image.Image) -> Image.Image:
    """Convert a picture of 16-bit grey values, 65,535 = white, to 8 bits; return any other unchanged.

    Raises:
        ValueError: the value of white is not known: floating-point values, or values beyond 16 bits.
    """
    if image.mode == "F":
        raise ValueError("its values are floating-point numbers, and it is not known which is white")
    if not image.mode.startswith("I"):
        return image
    values = np.asarray(image).astype(np.int64)
    if values.min() < 0 or values.max() > 65535:
        raise ValueError("its values do not fit 16 bits")
    return Image.fromarray(np.rint(values / 257).astype(np.uint8))


def split(
    images: list[NDArray[np.uint8]], test_fraction: float
) -> tuple[list[NDArray[np.uint8]], list[NDArray[np.uint8]]]:
    """The images of a class as train and test, at least one in each, ordered by the hash of their pixels."""
    ordered = sorted(images, key=lambda image: hashlib.sha256(image.tobytes()).digest())
    count = min(max(round(test_fraction * len(images)), 1), len(images) - 1)
    return ordered[count:], ordered[:count]


def _interleave(classes: tuple[list[NDArray[np.uint8]], ...]) -> tuple[packed.Images, packed.Labels]:
    """All images as one array, and their labels; each class is spread evenly over the array."""
    labels = np.repeat(np.arange(len(classes)), [len(images) for images in classes])
    position = np.concatenate([(np.arange(len(images)) + 0.5) / len(images) for images in classes])
    order = np.argsort(position, kind="stable")
    return np.stack([image for images in classes for image in images])[order], labels[order].astype(np.int64)
