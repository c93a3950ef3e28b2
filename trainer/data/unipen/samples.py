"""The labelled ink of a release: segments with their strokes, who wrote them, and how many could not be read."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from trainer.data.dataset import DataError
from trainer.data.unipen import recording
from trainer.data.unipen.recording import Recording, Strokes
from trainer.data.unipen.release import Release
from trainer.data.unipen.syntax import Fault, Segment

CHARACTERS = ("1a", "1b", "1c", "1d")
"""The categories of isolated digits, upper case, lower case and symbols."""

WORDS = ("7",)
"""The category of isolated words in any style."""

NO_CHARACTER = "\\@"
"""The label of ink that belongs to no character; inside a word's label it stands for such ink too."""

_BAD_SHARE = 0.01  # of the segments; more faults than the release is known to have mean that it was damaged
_NAMED = 20  # faults an error names
_TRUE_CONTRIBUTOR = 2  # letters of a folder's name that its other folders share: apa and apb are one contributor


@dataclass(frozen=True)
class Sample:
    """One labelled piece of ink, in the units of its tablet.

    `contributor` and `writer` name the same ones in all of the release's folders; `source` and `place` are the file
    and the component in it that the ink starts with, so that neighbours on a line can be found.
    """

    label: str
    strokes: Strokes
    contributor: str
    writer: str
    style: str
    source: str
    place: tuple[int, int]

    @cached_property
    def box(self) -> tuple[float, float, float, float]:
        """Left, bottom, right, top."""
        points = np.concatenate(self.strokes)
        (left, bottom), (right, top) = points.min(0), points.max(0)
        return float(left), float(bottom), float(right), float(top)


def collect(
    release: Release,
    categories: Sequence[str],
    rejected: Counter[str],
    progress: Callable[[float], None] = lambda share: None,
) -> list[Sample]:
    """Every sample of `categories`, in order of the ink in the files; what is left out is counted in `rejected`.

    Raises:
        DataError: more than 1 % of the segments or of the files cannot be read; names some, each with its line.
    """
    paths = release.paths(*categories)
    samples: dict[tuple[str, tuple[int, int], str], Sample] = {}
    faults: list[Fault] = []
    unread = 0
    for number, path in enumerate(paths):
        try:
            read = recording.read(release, path)
            faults += read.faults
            for sample in _samples(read, rejected, faults):
                samples[sample.source, sample.place, sample.label] = sample
        except Fault as fault:
            faults.append(fault)
            unread += 1
        progress((number + 1) / len(paths))
    if unread > _BAD_SHARE * len(paths) or len(faults) > _BAD_SHARE * (len(samples) + len(faults)):
        lines = [str(fault) for fault in faults[:_NAMED]]
        more = [f"and {len(faults) - _NAMED} more"] if len(faults) > _NAMED else []
        reason = f"{len(faults)} faults in {len(paths)} files, more than {_BAD_SHARE:.0%} of what there is to read"
        raise DataError("\n  ".join([f"the release is damaged: {reason}", *lines, *more]))
    rejected["not readable"] += len(faults)
    return [samples[key] for key in sorted(samples)]


def _samples(read: Recording, rejected: Counter[str], faults: list[Fault]) -> Iterator[Sample]:
    """The samples of one recording; segments that name ink that is not there join `faults`."""
    contributor = read.contributor[:_TRUE_CONTRIBUTOR]
    writer = "".join(character for character in read.writer.lower() if character.isalnum())
    for segment, line in read.segments:
        try:
            strokes = read.strokes(segment.delineation, line)
        except Fault as fault:
            faults.append(fault)
            continue
        if reason := _unusable(segment, strokes, writer):
            rejected[reason] += 1
            continue
        first = segment.delineation[0][0]
        place = (first.component, first.point or 0)
        label = segment.label.replace(NO_CHARACTER, "")
        yield Sample(label, strokes, read.contributor, f"{contributor}/{writer}", read.style, read.source, place)


def _unusable(segment: Segment, strokes: Strokes, writer: str) -> str | None:
    """Why a segment that can be read is no sample, in a few words; None if it is one."""
    text = segment.label.replace(NO_CHARACTER, "")
    if not text and segment.label:
        return "labelled as belonging to no character"
    if not text or not all("!" <= character <= "~" for character in text):
        return "label is not printable ASCII"
    if segment.quality == "BAD":
        return "marked bad"
    if not writer:
        return "writer unknown"
    if not any(stroke.any() for stroke in strokes):  # withheld for testing: every component is the one point 0 0
        return "no ink"
    return None
