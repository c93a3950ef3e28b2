"""Calligraphy: 100 Chinese characters as brushes write them, from the fonts that docs/calligraphy.md lists.

The characters are the first 100 of the Thousand Character Classic (Zhou Xingsi, about 530) that every one of the
fonts draws, and draws as what they are.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from trainer.data import fonts, glyphs
from trainer.data.dataset import DataError

NAME = "calligraphy"
NOTICE = (
    "Contains TW-Kai (全字庫正楷體) by the National Development Council, Taiwan, 2018, made available to the public "
    "under the Open Government Data License, version 1.0: https://data.gov.tw/license"
)
IMAGES = 400  # of each character
SIZE = 128
CHARSET = Path(__file__).with_suffix(".txt").read_text("utf-8").strip()

# The families that make it up, and the package that has each.
FAMILIES = {
    "AR PL UKai CN": "Debian's fonts-arphic-ukai",
    "AoyagiKouzanFontT": "Debian's fonts-aoyagi-kouzan-t",
    "AoyagiSosekiFont2": "Debian's fonts-aoyagi-soseki",
    "KouzanBrushFont": "Debian's fonts-kouzan-mouhitsu",
    "KouzanBrushFontGyousyo": "Debian's fonts-kouzan-mouhitsu",
    "KouzanBrushFontSousyo": "Debian's fonts-kouzan-mouhitsu",
    "LXGW WenKai": "Debian's fonts-lxgw-wenkai",
    "Liu Jian Mao Cao": "npm's @fontsource/liu-jian-mao-cao",
    "Long Cang": "npm's @fontsource/long-cang",
    "Ma Shan Zheng": "npm's @fontsource/ma-shan-zheng",
    "TW-Kai": "Debian's fonts-cns11643-kai",
    "Zhi Mang Xing": "npm's @fontsource/zhi-mang-xing",
}


def pack(
    source: Path,
    root: Path,
    size: int = SIZE,
    say: Callable[[str], None] = lambda line: None,
    progress: Callable[[float], None] = lambda share: None,
) -> str:
    """Pack the set from the fonts in `source`, whatever others lie there, and return its name: `calligraphy`, or
    `calligraphy-64` where the size is 64.

    Raises:
        DataError: one of the families is missing, or lacks one of the characters.
    """
    faces = fonts.find(source, CHARSET, FAMILIES, say)
    for family, package in FAMILIES.items():
        lacking = [c for c in CHARSET if not any(c in face.cuts for face in faces if face.family == family)]
        if lacking:
            raise DataError(f"--from {source}: no font there draws {family!r} {' '.join(lacking)}; {package} has it")
    name = NAME if size == SIZE else f"{NAME}-{size}"
    glyphs.pack(faces, CHARSET, root, name, glyphs.Plan(size, IMAGES), progress=progress)
    return name
