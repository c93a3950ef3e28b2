"""A recording: what one file of the release says once its includes are read too, and the ink of its segments."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from trainer.data.unipen import syntax
from trainer.data.unipen.release import Release
from trainer.data.unipen.syntax import Fault, Position, Segment, Statement

Strokes = tuple[NDArray[np.float64], ...]
"""Ink: the pen's path from each touch of the paper to its lifting, `(n, 2)` of x to the right and y upwards."""

_DEEPEST = 8  # includes within includes; more of them are a circle


@dataclass(frozen=True)
class Component:
    """The points between two statements about the pen, as text, with the file and line they start on."""

    down: bool
    text: str
    path: str
    line: int

    def points(self, columns: int, x: int, y: int) -> NDArray[np.float64]:
        """The coordinates, `(n, 2)`, of points that have `columns` numbers each, X and Y at `x` and `y`.

        Raises:
            Fault: a line that holds something else.
        """
        try:
            return np.array(self.text.split(), np.float64).reshape(-1, columns)[:, [x, y]]
        except ValueError:
            for number, line in enumerate(self.text.split("\n"), self.line):
                if line.split() and not _is_point(line.split(), columns):
                    raise Fault(self.path, number, f"{line.strip()!r} is no point of {columns} numbers") from None
            raise


def _is_point(words: list[str], columns: int) -> bool:
    try:
        return len([float(word) for word in words]) == columns
    except ValueError:
        return False


@dataclass
class Recording:
    """The statements of a file and its includes, taken in order.

    `source` is the file that the ink stands in: the segments of several files may be of the same ink. `aspect` is how
    many units of x are as long as one of y, on tablets that measure the two differently.
    """

    path: str
    source: str = ""
    writer: str = ""
    style: str = "?"
    columns: tuple[str, ...] = ("X", "Y")
    per_x: float = 1.0
    per_y: float = 1.0
    components: list[Component] = field(default_factory=list)
    segments: list[tuple[Segment, int]] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)

    @property
    def contributor(self) -> str:
        """The folder that the file lies in: `data/1a/CONTRIBUTOR/...`."""
        return self.path.split("/")[2]

    @property
    def aspect(self) -> float:
        return self.per_x / self.per_y

    def strokes(self, delineation: syntax.Delineation, line: int) -> Strokes:
        """The pen-down ink of a segment that stands on line `line`, in units of x.

        Raises:
            Fault: it names a component or a point that there is not, or its points cannot be read.
        """
        found = []
        for first, last in delineation:
            for number in range(first.component, last.component + 1):
                if number >= len(self.components):
                    there = len(self.components)
                    raise Fault(self.path, line, f"component {number} is past the end: there are {there}, from 0")
                if self.components[number].down:
                    found.append(self._part(number, first, last, line))
        return tuple(stroke for stroke in found if len(stroke))

    def _part(self, number: int, first: Position, last: Position, line: int) -> NDArray[np.float64]:
        columns = len(self.columns), self.columns.index("X"), self.columns.index("Y")
        points = self.components[number].points(*columns)
        start = (first.point or 0) if number == first.component else 0
        stop = last.point if number == last.component and last.point is not None else len(points) - 1
        if max(start, stop) >= len(points):
            raise Fault(
                self.path,
                line,
                f"point {number}:{max(start, stop)} is past the end: the component has {len(points)}, from 0",
            )
        return points[start : stop + 1] * (1.0, self.aspect)


def read(release: Release, path: str) -> Recording:
    """The recording of file `path`; segments that cannot be read are among its `faults`.

    Raises:
        Fault: the file, or one it includes, cannot be read as a whole.
    """
    recording = Recording(path)
    for file, statement in _unfolded(release, path):
        try:
            _take(recording, file, statement)
        except ValueError as error:
            fault = Fault(file, statement.line, str(error))
            if statement.keyword != "SEGMENT":
                raise fault from None
            recording.faults.append(fault)
    return recording


def _unfolded(release: Release, path: str, depth: int = 0) -> Iterator[tuple[str, Statement]]:
    """The statements of a file, those of its includes in their place, each with the file it stands in."""
    for statement in syntax.statements(syntax.decode(release[path], path)):
        if statement.keyword != "INCLUDE":
            yield path, statement
            continue
        included = f"include/{statement.argument}"
        if included not in release:
            raise Fault(path, statement.line, f"{included} is not in the release")
        if depth == _DEEPEST:
            raise Fault(path, statement.line, f"includes are more than {_DEEPEST} deep: {included} may include itself")
        yield from _unfolded(release, included, depth + 1)


def _take(recording: Recording, file: str, statement: Statement) -> None:
    """Bring `recording` up to date with one statement.

    Raises:
        ValueError: its argument is not one that its keyword takes.
    """
    argument = statement.argument
    match statement.keyword:
        case "PEN_DOWN" | "PEN_UP" if statement.body.strip():
            recording.components.append(
                Component(statement.keyword == "PEN_DOWN", statement.body, file, statement.line)
            )
            recording.source = file
        case "SEGMENT":
            recording.segments.append((syntax.segment(argument), statement.line))
        case "WRITER_ID":
            if recording.writer not in ("", argument):
                raise ValueError(f"a second writer, {argument!r}: this reads one writer a file")
            recording.writer = argument
        case "STYLE" if argument:
            recording.style = argument
        case "COORD":
            if not {"X", "Y"} <= set(argument.split()):
                raise ValueError(f"coordinates {argument!r} without X and Y")
            recording.columns = tuple(argument.split())
        case "X_POINTS_PER_INCH" | "X_POINTS_PER_MM":
            recording.per_x = _resolution(argument)
        case "Y_POINTS_PER_INCH" | "Y_POINTS_PER_MM":
            recording.per_y = _resolution(argument)


def _resolution(argument: str) -> float:
    value = float(argument)
    if value <= 0:
        raise ValueError(f"a resolution of {argument}")
    return value
