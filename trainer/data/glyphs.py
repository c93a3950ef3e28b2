"""A data set from fonts: labelled images of characters, white ink on black, no two of them drawn alike."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import distance_transform_edt, map_coordinates

from trainer.data import packed, variation
from trainer.data.dataset import DataError
from trainer.data.fonts import Face

_LONGEST = 0.84  # of the image's side: the longest drawing of a face; what is left is room to vary in
_FINER = 3  # drawings are this many times finer than the images


@dataclass(frozen=True)
class Plan:
    """`images` of each character at `size` x `size` pixels, `test_share` of them the test set, drawn by `seed`.

    Image `i` of a character is a function of the seed, the character, `i` and the fonts, and of nothing else. The
    test set holds the last of them: the same fonts as the training set, but draws of its own.
    """

    size: int
    images: int
    test_share: float = 0.1
    seed: int = 0

    @property
    def test_images(self) -> int:
        """Of each character; at least one, and at least one is left for training."""
        return min(max(round(self.test_share * self.images), 1), self.images - 1)


@dataclass(frozen=True)
class Drawing:
    """A character as a face draws it: the signed distance to the ink's edge, positive inside, in image pixels.

    `distance` float `(_FINER * size, _FINER * size)`; `half_stroke` is half of the strokes' mean width.
    """

    distance: variation.Floats
    half_stroke: float

    def vary(self, how: variation.Variation) -> NDArray[np.uint8]:
        """One image, uint8 `(size, size)`, 0 = no ink."""
        fine = len(self.distance)
        points = variation.elastic(variation.grid(fine // _FINER), how.knots)
        points = variation.affine(points, how.rotation, how.shear, how.stretch, how.shift)
        scale = float(np.sqrt(how.stretch.prod()))
        distance = scale * map_coordinates(self.distance, (points + 0.5) * fine - 0.5, order=1, mode="nearest")
        coverage = variation.ink(distance, scale * self.half_stroke, how.thickness, how.bleed)
        return np.rint(255 * coverage).astype(np.uint8)


def held(faces: Sequence[Face], charset: str, least: int) -> tuple[str, str]:
    """The characters that at least `least` faces draw, each in its own way, and those that fewer do."""
    counts = {character: sum(character in face.cuts for face in faces) for character in charset}
    return (
        "".join(character for character in charset if counts[character] >= least),
        "".join(character for character in charset if counts[character] < least),
    )


def pack(
    faces: Sequence[Face],
    charset: str,
    root: Path,
    name: str,
    plan: Plan,
    left_out: str = "",
    progress: Callable[[float], None] = lambda share: None,
) -> None:
    """Pack `plan.images` of each character of `charset` as data set `name`; the characters are the labels' names.

    The faces that draw a character take turns. `progress` is called with the share that is done, in [0, 1].

    Raises:
        DataError: the charset is empty.
    """
    if not charset:
        raise DataError(f"--charset: none of its characters is left; too few fonts draw {' '.join(left_out)}")
    images = np.empty((plan.images, len(charset), 1, plan.size, plan.size), np.uint8)
    for number, character in enumerate(charset):
        images[:, number, 0] = list(draw(faces, character, plan))
        progress((number + 1) / len(charset))
    # An image of each character in turn: every stretch of the set holds them alike.
    flat = images.reshape(-1, *images.shape[2:])
    labels = np.tile(np.arange(len(charset), dtype=np.int64), plan.images)
    first = (plan.images - plan.test_images) * len(charset)
    packed.write(
        root,
        name,
        tuple(charset),
        {"train": (flat[:first], labels[:first]), "test": (flat[first:], labels[first:])},
        {
            "maker": "glyphs",
            "fonts": tuple(f"{face.family} {face.style}: {len(face.cuts)}" for face in faces),
            "images": plan.images,
            "test_share": plan.test_share,
            "seed": plan.seed,
            "left_out": tuple(left_out),
        },
    )


def draw(faces: Sequence[Face], character: str, plan: Plan) -> Iterator[NDArray[np.uint8]]:
    """The images of one character, the faces that draw it in turn."""
    drawings = [drawing(face, character, plan.size) for face in faces if character in face.cuts]
    for number in range(plan.images):
        rng = np.random.default_rng([plan.seed, ord(character), number])
        yield drawings[number % len(drawings)].vary(variation.draw(rng))


def drawing(face: Face, character: str, size: int) -> Drawing:
    """The character as `face` draws it, to be varied at `size` pixels."""
    fine = _FINER * size
    ink = face.draw(character, fine, _LONGEST * fine)
    # Distances are between the middles of pixels; the edge runs half a pixel before.
    inside, outside = distance_transform_edt(ink), distance_transform_edt(~ink)
    distance = np.where(ink, inside - 0.5, 0.5 - outside) / _FINER
    # In a stroke of even width the mean distance from the edge is a quarter of the width.
    return Drawing(distance, half_stroke=2 * float(distance[ink].mean()))
