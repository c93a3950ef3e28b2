"""Fonts in a folder: which faces there are, and which characters each of them really draws."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from fontTools.pens.boundsPen import BoundsPen
from fontTools.pens.recordingPen import DecomposingRecordingPen
from fontTools.ttLib import TTCollection, TTFont
from numpy.typing import NDArray
from PIL import ImageFont

from trainer.data.dataset import DataError

ENDINGS = frozenset({".ttf", ".otf", ".ttc", ".woff2"})
logging.getLogger("fontTools").setLevel(logging.ERROR)  # it warns of dates and the like, which no drawing depends on
_STAND_IN = 3  # characters that are not drawn alike by chance


@dataclass(frozen=True)
class Cut:
    """One file's part in a face; `index` counts the fonts in a collection."""

    path: Path
    index: int


@dataclass(frozen=True)
class Face:
    """A family in one style, however many files it is spread over, as fonts for the web are.

    `cuts` says which file draws a character; it holds the characters that the face has a drawing of, and no earlier
    face has drawn alike. `extent` is the longest side of any drawing's ink, those included, as a share of the em.
    """

    family: str
    style: str
    extent: float
    cuts: dict[str, Cut]

    def draw(self, character: str, size: int, longest: float) -> NDArray[np.bool_]:
        """The character's ink, true in `(size, size)` with its box in the middle; `longest` pixels are `extent`.

        Raises:
            ValueError: it is larger than `size`.
        """
        cut = self.cuts[character]
        # The basic layout draws this character and puts no other in its place.
        basic = ImageFont.Layout.BASIC
        font = ImageFont.truetype(cut.path, longest / self.extent, index=cut.index, layout_engine=basic)
        mask = font.getmask(character)
        box = mask.getbbox()
        width, height = box[2] - box[0], box[3] - box[1]
        top, left = (size - height) // 2, (size - width) // 2
        ink = np.zeros((size, size), np.bool_)
        ink[top : top + height, left : left + width] = (
            np.frombuffer(bytes(mask.crop(box)), np.uint8).reshape(height, width) > 127
        )
        return ink


def find(
    folder: Path,
    charset: str,
    families: Collection[str] | None = None,
    say: Callable[[str], None] = lambda line: None,
) -> tuple[Face, ...]:
    """The faces of `folder` and below, of `families` alone where given, that draw any of `charset`, ordered by name.

    Where files share a family and style, a character is the first file's that draws it. Files that are no fonts are
    skipped, and `say` is told their names.

    Raises:
        DataError: no font there draws any of the charset.
    """
    found: dict[tuple[str, str], dict[str, tuple[Cut, _Outline]]] = {}
    for path in sorted(path for path in folder.rglob("*") if path.suffix.lower() in ENDINGS and path.is_file()):
        try:
            for index, font in enumerate(_fonts(path)):
                name = _name(font, path)
                if families is None or name[0] in families:
                    drawn = {c: (Cut(path, index), outline) for c, outline in _drawn(font, charset).items()}
                    found[name] = drawn | found.get(name, {})
        except Exception as error:  # a damaged table raises anything
            say(f"skipped {path.relative_to(folder)}: {error}")
    faces = tuple(_distinct(found))
    if not faces:
        raise DataError(f"--from {folder}: no {', '.join(sorted(ENDINGS))} there draws any of the charset")
    return faces


@dataclass(frozen=True)
class _Outline:
    """What a font draws, in its own units; `longest` is the longer side of its box as a share of the em."""

    longest: float
    strokes: tuple[object, ...]


def _distinct(found: dict[tuple[str, str], dict[str, tuple[Cut, _Outline]]]) -> Iterable[Face]:
    """The faces without the drawings that an earlier face has too, as a family's variants often share them."""
    seen: set[tuple[str, _Outline]] = set()
    for (family, style), drawings in sorted(found.items()):
        new = {character: cut for character, (cut, outline) in drawings.items() if (character, outline) not in seen}
        seen.update((character, outline) for character, (_, outline) in drawings.items())
        if new:
            yield Face(family, style, max(outline.longest for _, outline in drawings.values()), new)


def _fonts(path: Path) -> Iterator[TTFont]:
    with path.open("rb") as stream:  # which fontTools leaves open where it finds no font
        if path.suffix.lower() == ".ttc":
            yield from TTCollection(stream, lazy=True)
        else:
            yield TTFont(stream, lazy=True)


def _name(font: TTFont, path: Path) -> tuple[str, str]:
    """Family and style; a font without a name goes by its file's."""
    names = font["name"]
    return names.getBestFamilyName() or path.stem, names.getBestSubFamilyName() or ""


def _drawn(font: TTFont, charset: str) -> dict[str, _Outline]:
    """The characters the font has a drawing of: mapped, not blank, not .notdef's, and no box that stands for many."""
    cmap = font.getBestCmap() or {}
    mapped = {character: cmap[ord(character)] for character in charset if ord(character) in cmap}
    if not mapped:
        return {}
    glyphs, em = font.getGlyphSet(), font["head"].unitsPerEm
    outlines = {character: _outline(glyphs, name, em) for character, name in mapped.items()}
    alike = Counter(outlines.values())
    missing = _outline(glyphs, font.getGlyphOrder()[0], em)
    return {
        character: outline
        for character, outline in outlines.items()
        if outline is not None and outline != missing and alike[outline] < _STAND_IN
    }


def _outline(glyphs: Mapping[str, Any], name: str, em: int) -> _Outline | None:
    """The glyph's outline, none where it is blank."""
    bounds, strokes = BoundsPen(glyphs), DecomposingRecordingPen(glyphs)
    for pen in (bounds, strokes):
        glyphs[name].draw(pen)
    if bounds.bounds is None:
        return None
    left, bottom, right, top = bounds.bounds
    longest = max(right - left, top - bottom) / em
    return _Outline(longest, tuple(strokes.value)) if longest else None
