"""Calligraphy: 100 Chinese characters as brushes write them, drawn from the fonts that docs/calligraphy.md lists.

The characters are the first 100 of the Thousand Character Classic (Zhou Xingsi, about 530) for which every font has a
correct drawing.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from trainer.data import fonts, glyphs, packed
from trainer.data.dataset import DataError, Dataset, Split

NOTICE = (
    "Contains TW-Kai (全字庫正楷體) by the National Development Council, Taiwan, 2018, made available to the public "
    "under the Open Government Data License, version 1.0: https://data.gov.tw/license"
)
IMAGES = 400  # of each character
CHARSET = Path(__file__).with_suffix(".txt").read_text("utf-8").strip()

# The font families, and the package that provides each.
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


@dataclass(frozen=True)
class Calligraphy:
    """The data set `name`: images of `size` x `size` pixels, drawn once and stored as a packed file."""

    name: str
    size: int

    def fetch(
        self,
        root: Path,
        source: Path | None = None,
        log: Callable[[str], None] = lambda line: None,
        progress: Callable[[float], None] = lambda fraction: None,
    ) -> None:
        """Draw the images from the fonts in the folder `source`; other fonts in it are ignored.

        `log` is called with a line for each file that cannot be read, `progress` with the fraction done, in [0, 1].

        Raises:
            DataError: no folder is given, a family is missing in it, or a family lacks one of the characters.
        """
        if source is None:
            raise DataError(f"--from FOLDER: {self.name} is drawn from fonts; docs/calligraphy.md lists them")
        faces = fonts.find(source, CHARSET, FAMILIES, log)
        for family, package in FAMILIES.items():
            lacking = [c for c in CHARSET if not any(c in face.files for face in faces if face.family == family)]
            if lacking:
                raise DataError(
                    f"--from {source}: no font there draws {family!r} {' '.join(lacking)}; {package} has it"
                )
        glyphs.pack(faces, CHARSET, root, self.name, glyphs.GlyphOptions(self.size, IMAGES), progress=progress)

    def load(self, root: Path, split: Split) -> Dataset:
        """Read one split from the packed file.

        Raises:
            DataError: the file is missing or damaged.
        """
        return replace(packed.load(root, self.name, split), notice=NOTICE)


CALLIGRAPHY = Calligraphy("calligraphy", 128)
CALLIGRAPHY_64 = Calligraphy("calligraphy-64", 64)
