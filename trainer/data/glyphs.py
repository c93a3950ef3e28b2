"""A data set from fonts: labelled images of characters, white ink on black, each with its own random variation."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import distance_transform_edt, map_coordinates

from trainer.data import glyph_variation, packed
from trainer.data.dataset import DataError
from trainer.data.fonts import Face

_LONGEST = 0.84  # longest side of a face's drawings as a fraction of the image's; the margin leaves room for variation
_SUPERSAMPLING = 3  # resolution of a distance field over that of the images


@dataclass(frozen=True)
class GlyphOptions:
    """`images` per character of `size` x `size` pixels, the fraction `test_fraction` of them in the test set.

    Image `i` of a character is a function of `seed`, the character, `i` and the fonts only. The test set has the last
    images: the same fonts as the training set, but other random variations.
    """

    size: int
    images: int
    test_fraction: float = 0.1
    seed: int = 0

    @property
    def test_images(self) -> int:
        """Test images per character: at least one, and at least one fewer than `images`."""
        return min(max(round(self.test_fraction * self.images), 1), self.images - 1)


@dataclass(frozen=True)
class DistanceField:
    """A character's drawing as its signed distance to the ink's edge, positive inside, in pixels of the final image.

    `distance` float `(_SUPERSAMPLING * size, _SUPERSAMPLING * size)`; `half_stroke` is half the mean stroke width.
    """

    distance: glyph_variation.Floats
    half_stroke: float

    def render(self, varied: glyph_variation.Variation) -> NDArray[np.uint8]:
        """One image with the given variation, uint8 `(size, size)`, 0 = no ink."""
        side = len(self.distance)
        points = glyph_variation.elastic(glyph_variation.grid(side // _SUPERSAMPLING), varied.knots)
        points = glyph_variation.inverse_affine(points, varied.rotation, varied.shear, varied.stretch, varied.shift)
        scale = float(np.sqrt(varied.stretch.prod()))
        distance = scale * map_coordinates(self.distance, (points + 0.5) * side - 0.5, order=1, mode="nearest")
        coverage = glyph_variation.ink(distance, scale * self.half_stroke, varied.thickness, varied.bleed)
        return np.rint(255 * coverage).astype(np.uint8)


def partition_by_coverage(faces: Sequence[Face], charset: str, min_faces: int) -> tuple[str, str]:
    """The characters that at least `min_faces` faces draw differently, and those that fewer faces draw."""
    counts = {character: sum(character in face.files for face in faces) for character in charset}
    return (
        "".join(character for character in charset if counts[character] >= min_faces),
        "".join(character for character in charset if counts[character] < min_faces),
    )


def pack(
    faces: Sequence[Face],
    charset: str,
    root: Path,
    name: str,
    options: GlyphOptions,
    left_out: str = "",
    progress: Callable[[float], None] = lambda fraction: None,
) -> None:
    """Pack `options.images` of each character of `charset` as data set `name`; the characters are the label names.

    Consecutive images of a character come from the faces that draw it, in turn. `left_out` are the characters that
    the metadata lists as missing. `progress` is called with the fraction done, in [0, 1].

    Raises:
        DataError: the charset is empty.
    """
    if not charset:
        raise DataError(f"--charset: none of its characters is left; too few fonts draw {' '.join(left_out)}")
    images = np.empty((options.images, len(charset), 1, options.size, options.size), np.uint8)
    for number, character in enumerate(charset):
        images[:, number, 0] = list(draw(faces, character, options))
        progress((number + 1) / len(charset))
    # One image of each character in turn, so that any part of the set is balanced.
    flat = images.reshape(-1, *images.shape[2:])
    labels = np.tile(np.arange(len(charset), dtype=np.int64), options.images)
    first = (options.images - options.test_images) * len(charset)
    packed.write(
        root,
        name,
        tuple(charset),
        {"train": (flat[:first], labels[:first]), "test": (flat[first:], labels[first:])},
        {
            "maker": "glyphs",
            "fonts": tuple(f"{face.family} {face.style}: {len(face.files)}" for face in faces),
            "images": options.images,
            "test_share": options.test_fraction,
            "seed": options.seed,
            "left_out": tuple(left_out),
        },
    )


def draw(faces: Sequence[Face], character: str, options: GlyphOptions) -> Iterator[NDArray[np.uint8]]:
    """The images of one character, uint8 `(size, size)` each, from the faces that draw it in turn."""
    fields = [distance_field(face, character, options.size) for face in faces if character in face.files]
    for number in range(options.images):
        rng = np.random.default_rng([options.seed, ord(character), number])
        yield fields[number % len(fields)].render(glyph_variation.draw(rng))


def distance_field(face: Face, character: str, size: int) -> DistanceField:
    """The distance field of a character's drawing, for images of `size` x `size` pixels."""
    side = _SUPERSAMPLING * size
    ink = face.rasterise(character, side, _LONGEST * side)
    # The transform measures between pixel centres; the edge is half a pixel closer.
    inside, outside = distance_transform_edt(ink), distance_transform_edt(~ink)
    distance = np.where(ink, inside - 0.5, 0.5 - outside) / _SUPERSAMPLING
    # In a stroke of constant width the mean distance from the edge is a quarter of the width.
    return DistanceField(distance, half_stroke=2 * float(distance[ink].mean()))
