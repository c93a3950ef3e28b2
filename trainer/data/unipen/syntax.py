"""The UNIPEN 1.0 syntax: a file is a list of statements, each a keyword, an argument and the lines that follow.

The format is defined in Guyon et al., "UNIPEN project of on-line data exchange and recognizer benchmarks", ICPR 1994.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

_KEYWORD = re.compile(r"^\.([A-Z_]+)[ \t]*(.*)$", re.MULTILINE)
_POSITION = re.compile(r"(\d+)(?::(\d+))?")
_SEGMENT = re.compile(r'(\S+)\s+(\S+)\s+(?:(\S+)\s+)?"(.*)"')
_ESCAPED = re.compile(r"\\(.)")


class Fault(Exception):  # noqa: N818 # the release is known to hold some; they are counted, and few of them are no error
    """Something in a file of the release that cannot be read; the message names the file, the line and the reason."""

    def __init__(self, path: str, line: int, reason: str) -> None:
        super().__init__(f"{path}:{line}: {reason}")
        self.reason = reason


@dataclass(frozen=True)
class Statement:
    """`.KEYWORD argument` on line `line` of its file, and `body`, the lines up to the next keyword."""

    keyword: str
    argument: str
    body: str
    line: int


@dataclass(frozen=True)
class Position:
    """A point of a recording: the component's number and, where it is given, the point's within the component."""

    component: int
    point: int | None


Delineation = tuple[tuple[Position, Position], ...]
"""Which ink belongs to a segment: ranges of positions, both ends included."""


@dataclass(frozen=True)
class Segment:
    r"""One labelled piece of ink: `level` is CHARACTER, WORD or TEXT, `quality` OK, GOOD, BAD, LEGIBLE or `?`.

    `label` is unescaped but for `\@`, with which a contributor marks ink that belongs to no character.
    """

    level: str
    delineation: Delineation
    quality: str
    label: str


def decode(content: bytes, path: str) -> str:
    """The text of a file.

    Raises:
        Fault: it is not UTF-8, of which the release's ASCII is a part; names the first line that is not.
    """
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise Fault(path, line, f"byte 0x{content[error.start]:02x} is not UTF-8 text") from None
    if "\0" in text:
        raise Fault(path, text.count("\n", 0, text.index("\0")) + 1, "a zero byte: not UTF-8 text")
    return text.replace("\r\n", "\n").replace("\r", "\n")


def statements(text: str) -> Iterator[Statement]:
    """The statements of a file, in order. What stands before the first keyword is none."""
    line, counted = 1, 0
    matches = list(_KEYWORD.finditer(text))
    for match, following in zip(matches, [*matches[1:], None], strict=True):
        line += text.count("\n", counted, match.start())
        counted = match.start()
        end = following.start() if following else len(text)
        yield Statement(match[1], match[2].strip(), text[match.end() : end], line)


def segment(argument: str) -> Segment:
    """The argument of a `.SEGMENT`: level, delineation, quality, which may be missing, and the label in quotes.

    Raises:
        ValueError: it is none.
    """
    match = _SEGMENT.fullmatch(argument)
    if not match:
        raise ValueError(f'{argument!r} is no segment: LEVEL DELINEATION QUALITY "LABEL"')
    level, positions, quality, label = match.groups()
    return Segment(level, delineation(positions), quality or "?", unescape(label))


def delineation(text: str) -> Delineation:
    """`3-5,7` and `3:12-5:40` as ranges of positions.

    Raises:
        ValueError: it is none.
    """
    ranges = []
    for part in text.split(","):
        first, _, last = part.partition("-")
        ranges.append((_position(first, text), _position(last or first, text)))
    return tuple(ranges)


def _position(text: str, whole: str) -> Position:
    match = _POSITION.fullmatch(text)
    if not match:
        raise ValueError(f"{whole!r} is no delineation, such as 3-5,7 or 3:12-5:40")
    return Position(int(match[1]), None if match[2] is None else int(match[2]))


def unescape(label: str) -> str:
    r"""A label without its backslashes: `\"` is a quotation mark. `\@` stays, since it differs from `@`."""
    return _ESCAPED.sub(lambda match: match[0] if match[1] == "@" else match[1], label)
