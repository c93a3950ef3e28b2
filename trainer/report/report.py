"""Runs become records, and all records there are become the page."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PIL import Image

from trainer.export.onnx_file import Generator
from trainer.report import record
from trainer.report.page import page
from trainer.storage.atomic import replacing
from trainer.training import snapshots

RECORDS = "results"
SHEETS = "docs/results"
_SIDE = 640  # pixels a sheet is at most wide or high: it is committed
_SHOWN = 100  # images of a sheet: ten of each of ten labels


def report(runs: Sequence[Path], to: Path) -> int:
    """Record `runs` in the folder `results` beside `to`, and write the page of all records there are to `to`.

    A system's sheet, in `docs/results`, is of its lowest seed: always the same one, never the prettiest. Returns how
    many records the page is made from.

    Raises:
        CardError, ReportError: a run or a record that cannot be read; then nothing is written.
    """
    added = {run: record.record_of(run) for run in runs}
    for entry in added.values():
        record.save(entry, to.parent / RECORDS)
    records = record.load(to.parent / RECORDS)
    if not records:
        raise record.ReportError(f"no records in {to.parent / RECORDS}: python -m trainer report RUNS")
    lowest = {entry.group: entry.name for entry in reversed(records)}
    for run, entry in added.items():
        if entry.name == lowest[entry.group]:
            _draw(record.generator_of(run), to.parent / SHEETS / f"{entry.group}.png")
    drawn = {path.stem: f"{SHEETS}/{path.name}" for path in (to.parent / SHEETS).glob("*.png")}
    with replacing(to) as temporary:
        temporary.write_text(page(records, drawn), "utf-8")
    return len(records)


def _draw(generator: Path, target: Path) -> None:
    """Ten images of each category, a row each; where there are more than ten, of the first ten."""
    model = Generator(generator)
    sheet = snapshots.grid(model.images(snapshots.latents(model.spec)["samples"][:_SHOWN]))
    sheet.thumbnail((_SIDE, _SIDE), Image.Resampling.LANCZOS)
    with replacing(target) as temporary:
        sheet.save(temporary, "png", optimize=True)
