"""RESULTS.md is generated from the committed records."""

from __future__ import annotations

from pathlib import Path

from latent.onnx_file import graph_sha256
from latent.quality_file import SUFFIX, read_beside
from trainer.report.page import render_page
from trainer.report.record import load
from trainer.report.report import RECORDS, SNAPSHOTS
from trainer.storage.onnx_metadata import read_card

ROOT = Path(__file__).parent.parent


def test_results_md_is_current() -> None:
    records = load(ROOT / RECORDS)
    snapshots = {record.group: f"{SNAPSHOTS}/{record.group}.png" for record in records}
    assert (ROOT / "RESULTS.md").read_text("utf-8") == render_page(records, snapshots), "python -m trainer report"
    assert {path.stem for path in (ROOT / SNAPSHOTS).iterdir()} == set(snapshots)


def test_every_record_has_the_file_name_of_its_run() -> None:
    records = load(ROOT / RECORDS)
    assert {path.stem for path in (ROOT / RECORDS).glob("*.json")} == {record.name for record in records}


def test_figures_beside_a_model_are_those_of_its_record() -> None:
    runs = load(ROOT / RECORDS)
    files = sorted((ROOT / "models").glob(f"*{SUFFIX}"))
    assert len(files) >= 2
    for file in files:
        generator = file.with_name(file.name.removesuffix(SUFFIX) + ".onnx")
        provenance = read_card(generator).provenance
        (run,) = (run for run in runs if run.card.provenance == provenance)
        assert read_beside(generator, graph_sha256(generator.read_bytes())) == run.quality
