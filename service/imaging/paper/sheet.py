"""Writing put on paper: all degradations, in the order in which they happen to a real sheet."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from service.imaging.arrays import Picture
from service.imaging.lines import Box
from service.imaging.paper.blur import blurred
from service.imaging.paper.colours import PaperColours, Rgb, draw_colours
from service.imaging.paper.ink import vary_ink
from service.imaging.paper.jpeg import compressed
from service.imaging.paper.noise import noisy
from service.imaging.paper.perspective import Homography, Quad, bounding_box, draw_view
from service.imaging.paper.random_effects import EffectRandom
from service.imaging.paper.ruling import WritingLines, ruled
from service.imaging.paper.shadow import light
from service.imaging.paper.style import DEGRADATIONS, PaperKind, PaperStyle
from service.imaging.paper.texture import paper_texture

_GREY_KINDS = ("clean", "scan")  # whose pictures are grey, unless they are given colours
_PAGE_REACH = 0.15  # of the shorter side of a page: what stands for the height of a line in its perspective
_LEAST = 0.3  # of a strength: what every picture has of it
_COLOURS = len(DEGRADATIONS)  # the stream that follows those of the degradations


class PaperPicture(NamedTuple):
    """A picture of paper, uint8 `(H, W)` in grey or `(H, W, 3)` in RGB, its mask, and how the sheet is seen in it."""

    picture: Picture
    mask: Picture | None
    view: Homography | None

    def quad(self, box: Box) -> Quad:
        """Where a box of the clean writing is in the picture."""
        identity = Homography(((1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0)))
        return (self.view or identity).quad(box)

    def boxes(self, quads: Sequence[Quad]) -> list[Box]:
        """The bounding boxes of quadrilaterals."""
        height, width = self.picture.shape[:2]
        return [bounding_box(quad, width, height) for quad in quads]


def put_on_paper(
    writing: Picture,
    mask: Picture | None,
    lines: WritingLines,
    style: PaperStyle,
    seed: int,
    number: int,
    ink: Rgb | None = None,
    paper: Rgb | None = None,
) -> PaperPicture:
    """Picture `number` of a seed: `writing`, uint8 `(H, W)`, white on black, as dark ink on light paper of this style.

    `ink` and `paper` are the colours, where they are not to be drawn. The size stays the same.
    """
    effects = {name: EffectRandom(seed, i, number) for i, name in enumerate(DEGRADATIONS) if getattr(style, name)}
    strength = {name: getattr(style, name) * random.uniform(_LEAST, 1) for name, random in effects.items()}
    colours = draw_colours(style.kind, EffectRandom(seed, _COLOURS, number))
    colours = colours._replace(ink=ink or colours.ink, paper=paper or colours.paper)
    height, width = writing.shape
    reach = max(lines.height, _PAGE_REACH * min(width, height))
    view = (
        draw_view(width, height, strength["perspective"], reach, effects["perspective"])
        if "perspective" in effects
        else None
    )
    overhang = view.overhang(width, height) if view else (0, 0, 0, 0)
    picture = _sheet(writing, overhang, lines, style.kind, colours, strength, effects)
    if view:
        left, top, *_ = overhang
        picture = view.warp(picture, width, height, left, top, smooth=True)
        mask = None if mask is None else view.warp(mask, width, height, 0, 0, smooth=False)
    if "shadow" in effects:
        shade = light(height, width, strength["shadow"], lines.height, effects["shadow"])
        picture = np.rint(picture * (shade if picture.ndim == 2 else shade[..., None])).astype(np.uint8)
    if "blur" in effects:
        picture = blurred(picture, strength["blur"], lines.height)
    if "noise" in effects:
        picture = noisy(picture, strength["noise"], effects["noise"])
    if "jpeg" in effects:
        picture = compressed(picture, strength["jpeg"])
    return PaperPicture(picture, mask, view)


def _sheet(
    writing: Picture,
    overhang: tuple[int, int, int, int],
    lines: WritingLines,
    kind: PaperKind,
    colours: PaperColours,
    strength: dict[str, float],
    effects: dict[str, EffectRandom],
) -> Picture:
    """The sheet itself, larger than the writing by the overhang."""
    left, top, right, bottom = overhang
    coverage = np.pad(writing, ((top, bottom), (left, right))).astype(np.float32) * np.float32(1 / 255)
    height, width = coverage.shape
    has_rules = "ruling" in effects
    is_grey = kind in _GREY_KINDS and all(len(set(colour)) == 1 for colour in colours)
    channels = 1 if is_grey else 3
    ink, paper, rule = (np.array(colour[:channels], np.float32) for colour in colours)
    sheet = np.empty((height, width, channels), np.float32)
    sheet[:] = paper
    if has_rules:
        moved = lines._replace(baseline=lines.baseline + top)
        rules = ruled(height, width, moved, strength["ruling"], effects["ruling"])
        sheet += rules[..., None] * (rule - paper)
    if "texture" in effects:
        texture = paper_texture(height, width, strength["texture"], lines.height, effects["texture"])
        sheet += texture[..., None]
    if "ink_variation" in effects:
        coverage = vary_ink(coverage, strength["ink_variation"], lines.height, effects["ink_variation"])
    sheet += coverage[..., None] * (ink - sheet)
    levels = np.rint(np.clip(sheet, np.float32(0), np.float32(255))).astype(np.uint8)
    return levels[..., 0] if channels == 1 else levels
