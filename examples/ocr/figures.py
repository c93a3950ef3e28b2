"""The figures of the report."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from statistics import mean

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, NullLocator
from PIL import Image

from examples.ocr.record import REAL, DigitsRecord
from examples.ocr.report import accuracies
from examples.ocr.stream import Sample
from trainer.storage.atomic import atomic_write

_GAP = 8
_WHITE = 255
_TICKS = (0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100)


def error_curve(records: Sequence[DigitsRecord], path: Path) -> None:
    """Test errors by the number of real labels: a dot per seed, a line for the mean, dotted without real labels."""
    figure = Figure(figsize=(6.4, 4), dpi=120, layout="constrained")
    axes = figure.subplots()
    axes.set(xscale="log", yscale="log", xlabel="real labels", ylabel="test digits misclassified, per cent")
    for number, record in enumerate(records):
        counts, colour = [count for count in record.config.labels if count], f"C{number}"
        name = "no generated digits" if record.source.name == REAL else f"with {record.source.name}, streamed"
        axes.plot(counts, [_error(mean(accuracies(record, count))) for count in counts], color=colour, label=name)
        for count in counts:
            dots = [_error(accuracy) for accuracy in accuracies(record, count)]
            axes.plot([count] * len(dots), dots, ".", color=colour)
        if unlabelled := accuracies(record, 0):
            axes.axhline(_error(mean(unlabelled)), color=colour, linestyle=":", label=f"{record.source.name} only")
    for axis, ticks in ((axes.xaxis, records[0].config.labels), (axes.yaxis, _TICKS)):
        axis.set_major_locator(FixedLocator(ticks))
        axis.set_major_formatter("{x:,g}")
        axis.set_minor_locator(NullLocator())
    axes.grid(alpha=0.3)
    axes.legend()
    with atomic_write(path) as temporary:
        figure.savefig(temporary, format="png", metadata={"Software": None})


def _error(accuracy: float) -> float:
    return 100 * (1 - accuracy)


def line_comparison(columns: Sequence[Sequence[Sample]], path: Path) -> None:
    """Lines with the same texts side by side, a column per source, black on white."""
    rows = list(zip(*columns, strict=True))
    widths = [max(line.shape[1] for line, _ in column) for column in columns]
    height = max(line.shape[0] for row in rows for line, _ in row)
    size = (len(rows) * (height + _GAP) - _GAP, sum(widths) + _GAP * (len(columns) - 1))
    picture = np.full(size, _WHITE, np.uint8)
    for r, row in enumerate(rows):
        left = 0
        for (line, _), width in zip(row, widths, strict=True):
            picture[r * (height + _GAP) :, left : left + line.shape[1]][: line.shape[0]] = _WHITE - line
            left += width + _GAP
    with atomic_write(path) as temporary:
        Image.fromarray(picture).save(temporary, format="png")
