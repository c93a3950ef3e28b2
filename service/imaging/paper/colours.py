"""The colours of ink, paper and rules."""

from __future__ import annotations

from typing import NamedTuple

from service.imaging.paper.random_effects import EffectRandom
from service.imaging.paper.style import PaperKind

Rgb = tuple[int, int, int]

_INKS: tuple[Rgb, ...] = ((28, 44, 130), (20, 30, 90), (34, 34, 38), (60, 60, 66))  # ballpoints and a pencil
_RULES: tuple[Rgb, ...] = ((150, 185, 225), (170, 190, 205), (190, 190, 195))
_VARIATION = 14  # levels by which a channel differs from picture to picture


class PaperColours(NamedTuple):
    """Colours, as red, green and blue."""

    ink: Rgb
    paper: Rgb
    rule: Rgb


def draw_colours(kind: PaperKind, random: EffectRandom) -> PaperColours:
    """The colours of one picture: black on white if it is clean, greys for a scan."""
    if kind == "clean":
        return PaperColours((0, 0, 0), (255, 255, 255), (200, 200, 200))
    if kind == "scan":
        dark, bright = round(random.uniform(10, 95)), round(random.uniform(222, 255))
        return PaperColours((dark,) * 3, (bright,) * 3, (bright - 55,) * 3)
    brightness = random.uniform(240, 252) if kind == "notebook" else random.uniform(170, 245)
    warmth = random.uniform(-4, 18)
    paper = (_level(brightness), _level(brightness - warmth / 3), _level(brightness - warmth))
    ink, rule = (_vary(options[int(random.uniform() * len(options))], random) for options in (_INKS, _RULES))
    red, green, blue = (_level(level * brightness / 255) for level in rule)
    return PaperColours(ink, paper, (red, green, blue))


def _vary(colour: Rgb, random: EffectRandom) -> Rgb:
    red, green, blue = (_level(level + random.uniform(-_VARIATION, _VARIATION)) for level in colour)
    return red, green, blue


def _level(number: float) -> int:
    return min(255, max(0, round(number)))
