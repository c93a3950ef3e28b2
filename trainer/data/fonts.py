"""Fonts in a folder: the faces there are, and the characters for which each of them has a drawing of its own."""

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

SUFFIXES = frozenset({".ttf", ".otf", ".ttc", ".woff2"})
logging.getLogger("fontTools").setLevel(logging.ERROR)  # its warnings do not concern the drawings
_MAX_IDENTICAL = 2  # characters with one outline; more of them share a placeholder, such as a box


@dataclass(frozen=True)
class FontFile:
    """A font in a file; `index` is its number in a font collection, 0 otherwise."""

    path: Path
    index: int


@dataclass(frozen=True)
class Face:
    """A family in one style; it may be split over several files, as web fonts are.

    `files` maps each character to the file that has its drawing, except the characters whose drawing is identical in
    an earlier face. `extent` is the longest side of the bounding box of any drawing of the face, as a fraction of the
    em.
    """

    family: str
    style: str
    extent: float
    files: dict[str, FontFile]

    def rasterise(self, character: str, size: int, longest: float) -> NDArray[np.bool_]:
        """The character's ink as bool `(size, size)`, its bounding box centred, at the scale where `extent` is
        `longest` pixels.

        Raises:
            ValueError: the drawing is larger than `size`.
        """
        file = self.files[character]
        # The basic layout never substitutes another glyph for the character.
        basic = ImageFont.Layout.BASIC
        font = ImageFont.truetype(file.path, longest / self.extent, index=file.index, layout_engine=basic)
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
    log: Callable[[str], None] = lambda line: None,
) -> tuple[Face, ...]:
    """The faces in `folder` and its subfolders that draw a character of `charset`, ordered by family and style.

    `families` restricts them to those families. Where files share a family and style, a character comes from the first
    file that draws it. Files that cannot be read as fonts are skipped, and `log` is called with a line that names them.

    Raises:
        DataError: no font there draws any of the charset.
    """
    found: dict[tuple[str, str], dict[str, tuple[FontFile, _Outline]]] = {}
    for path in sorted(path for path in folder.rglob("*") if path.suffix.lower() in SUFFIXES and path.is_file()):
        try:
            for index, font in enumerate(_fonts(path)):
                name = _name(font, path)
                if families is None or name[0] in families:
                    drawn = {c: (FontFile(path, index), outline) for c, outline in _outlines(font, charset).items()}
                    found[name] = drawn | found.get(name, {})
        except Exception as error:  # fontTools raises exceptions of any type on damaged tables
            log(f"skipped {path.relative_to(folder)}: {error}")
    faces = tuple(_without_duplicates(found))
    if not faces:
        raise DataError(f"--from {folder}: no {', '.join(sorted(SUFFIXES))} there draws any of the charset")
    return faces


@dataclass(frozen=True)
class _Outline:
    """A glyph's outline in font units; `longest` is the longer side of its bounding box as a fraction of the em."""

    longest: float
    strokes: tuple[object, ...]


def _without_duplicates(found: dict[tuple[str, str], dict[str, tuple[FontFile, _Outline]]]) -> Iterable[Face]:
    """The faces without drawings that are identical in an earlier face; variants of a family often share drawings."""
    seen: set[tuple[str, _Outline]] = set()
    for (family, style), drawings in sorted(found.items()):
        new = {character: file for character, (file, outline) in drawings.items() if (character, outline) not in seen}
        seen.update((character, outline) for character, (_, outline) in drawings.items())
        if new:
            yield Face(family, style, max(outline.longest for _, outline in drawings.values()), new)


def _fonts(path: Path) -> Iterator[TTFont]:
    with path.open("rb") as stream:  # fontTools does not close a path that it cannot read as a font
        if path.suffix.lower() == ".ttc":
            yield from TTCollection(stream, lazy=True)
        else:
            yield TTFont(stream, lazy=True)


def _name(font: TTFont, path: Path) -> tuple[str, str]:
    """Family and style; the file's stem for a font without a family name."""
    names = font["name"]
    return names.getBestFamilyName() or path.stem, names.getBestSubFamilyName() or ""


def _outlines(font: TTFont, charset: str) -> dict[str, _Outline]:
    """The outlines of the characters that the font really draws.

    Characters without a glyph, blank glyphs, copies of .notdef, and placeholders that several characters share are left
    out.
    """
    cmap = font.getBestCmap() or {}
    mapped = {character: cmap[ord(character)] for character in charset if ord(character) in cmap}
    if not mapped:
        return {}
    glyphs, em = font.getGlyphSet(), font["head"].unitsPerEm
    outlines = {character: _outline(glyphs, name, em) for character, name in mapped.items()}
    uses = Counter(outlines.values())
    notdef = _outline(glyphs, font.getGlyphOrder()[0], em)
    return {
        character: outline
        for character, outline in outlines.items()
        if outline is not None and outline != notdef and uses[outline] <= _MAX_IDENTICAL
    }


def _outline(glyphs: Mapping[str, Any], name: str, em: int) -> _Outline | None:
    """The glyph's outline; None if it is blank."""
    bounds, strokes = BoundsPen(glyphs), DecomposingRecordingPen(glyphs)
    for pen in (bounds, strokes):
        glyphs[name].draw(pen)
    if bounds.bounds is None:
        return None
    left, bottom, right, top = bounds.bounds
    longest = max(right - left, top - bottom) / em
    return _Outline(longest, tuple(strokes.value)) if longest else None
