"""The report: runs are recorded, and the page of results is written from all records."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PIL import Image

from trainer.metrics.onnx_generator import OnnxGenerator
from trainer.report import record
from trainer.report.page import render_page
from trainer.storage.atomic import atomic_write
from trainer.training import snapshots

RECORDS = "results"
SNAPSHOTS = "docs/results"
_MAX_SIDE = 640  # of a snapshot in pixels, because it is committed
_IMAGES = 100  # in a snapshot: ten of each of ten labels


def report(runs: Sequence[Path], to: Path) -> int:
    """Record `runs` in the folder `results` beside `to`, and write the page of all records in it to `to`.

    The snapshot of a system, in `docs/results`, is that of its lowest seed, so that it is not selected by its looks.
    Returns the number of records on the page.

    Raises:
        CardError, ReportError: a run or a record cannot be read; then nothing is written.
    """
    added = {run: record.read_run(run) for run in runs}
    for entry in added.values():
        record.save(entry, to.parent / RECORDS)
    records = record.load(to.parent / RECORDS)
    if not records:
        raise record.ReportError(f"no records in {to.parent / RECORDS}: python -m trainer report RUNS")
    lowest = {entry.group: entry.name for entry in reversed(records)}
    for run, entry in added.items():
        if entry.name == lowest[entry.group]:
            _write_snapshot(record.find_generator(run), to.parent / SNAPSHOTS / f"{entry.group}.png")
    pictures = {path.stem: f"{SNAPSHOTS}/{path.name}" for path in (to.parent / SNAPSHOTS).glob("*.png")}
    with atomic_write(to) as temporary:
        temporary.write_text(render_page(records, pictures), "utf-8")
    return len(records)


def _write_snapshot(generator: Path, target: Path) -> None:
    """A row of ten images for each category, or for the first ten where there are more."""
    model = OnnxGenerator(generator)
    snapshot = snapshots.grid(model.generate(snapshots.latents(model.spec)["samples"][:_IMAGES]))
    snapshot.thumbnail((_MAX_SIDE, _MAX_SIDE), Image.Resampling.LANCZOS)
    with atomic_write(target) as temporary:
        snapshot.save(temporary, "png", optimize=True)
