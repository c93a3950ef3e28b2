"""Fonts small enough to build in a test: every drawing is a few rectangles on an em of 1000."""

import pytest
from fontTools.fontBuilder import FontBuilder
from fontTools.pens.t2CharStringPen import T2CharStringPen
from fontTools.pens.ttGlyphPen import TTGlyphPen
from fontTools.ttLib.ttCollection import TTCollection

TALL = [(400, 0, 500, 800)]
WIDE = [(100, 350, 900, 450)]
CORNER = [(100, 0, 200, 600), (100, 0, 700, 100)]
BOX = [(100, 0, 900, 100), (100, 700, 900, 800), (100, 100, 200, 700), (800, 100, 900, 700)]


def build(drawings, family="Test", style="Regular", notdef=BOX, outlines="TrueType"):
    """A font that maps the characters of `drawings` to their rectangles, `(left, bottom, right, top)`."""
    true_type = outlines == "TrueType"
    glyphs = {".notdef": notdef} | {f"g{ord(character)}": rectangles for character, rectangles in drawings.items()}
    builder = FontBuilder(1000, isTTF=true_type)
    builder.setupGlyphOrder(list(glyphs))
    builder.setupCharacterMap({ord(character): f"g{ord(character)}" for character in drawings})
    drawn = {}
    for name, rectangles in glyphs.items():
        pen = TTGlyphPen(None) if true_type else T2CharStringPen(1000, None)
        for left, bottom, right, top in rectangles:
            pen.moveTo((left, bottom))
            pen.lineTo((left, top))
            pen.lineTo((right, top))
            pen.lineTo((right, bottom))
            pen.closePath()
        drawn[name] = pen.glyph() if true_type else pen.getCharString()
    if true_type:
        builder.setupGlyf(drawn)
    else:
        builder.setupCFF(family, {}, drawn, {})
    left_sides = {name: min((r[0] for r in rectangles), default=0) for name, rectangles in glyphs.items()}
    builder.setupHorizontalMetrics({name: (1000, left) for name, left in left_sides.items()})
    builder.setupHorizontalHeader(ascent=900, descent=-100)
    builder.setupNameTable({"familyName": family, "styleName": style})
    builder.setupOS2()
    builder.setupPost()
    return builder.font


@pytest.fixture(scope="session")
def make_font():
    """Writes a font, or in a `.ttc` one of each of `styles`; the ending says which outlines and packing."""

    def make(path, drawings, styles=("Regular",), **parts):
        path.parent.mkdir(exist_ok=True, parents=True)
        outlines = "PostScript" if path.suffix == ".otf" else "TrueType"
        fonts = [build(drawings, style=style, outlines=outlines, **parts) for style in styles]
        if path.suffix == ".ttc":
            collection = TTCollection()
            collection.fonts = fonts
            collection.save(path)
        else:
            (font,) = fonts
            font.flavor = "woff2" if path.suffix == ".woff2" else None
            font.save(path)
        return path

    return make
