"""A short form of `make bench-datasets`: the service, and a fake trdg command."""

from __future__ import annotations

import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from benchmarks import datasets, systems
from benchmarks.systems import MeasurementError
from service.settings import Settings

MODEL = Settings().models / "mnist-infogan.onnx"

FAKE_TRDG = """#!{python}
import argparse, pathlib
parser = argparse.ArgumentParser()
for name in ("input_file", "count", "thread_count", "background", "extension", "output_dir"):
    parser.add_argument("--" + name)
given = parser.parse_args()
out = pathlib.Path(given.output_dir)
out.mkdir()
for i in range(min(int(given.count), {most})):
    (out / f"{{i}}.png").touch()
"""


@pytest.fixture
def fake_trdg(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Installs a fake trdg that draws at most `most` pictures."""

    def make(most: int) -> None:
        command = tmp_path / "trdg" / "bin" / "trdg"
        command.parent.mkdir(parents=True)
        command.write_text(FAKE_TRDG.format(python=sys.executable, most=most))
        command.chmod(0o755)

    monkeypatch.setattr(systems, "ENVIRONMENTS", tmp_path)
    monkeypatch.setattr(systems.SystemUnderTest, "install", lambda self: None)
    return make


def test_the_report_has_every_rate_and_its_ratio(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(datasets, "CORES", 1)
    monkeypatch.setattr(datasets, "BATCHES", (64,))
    monkeypatch.setattr(datasets, "trdg_rate", lambda images: 100.0)
    monkeypatch.setattr(datasets.TRDG.__class__, "versions", lambda self, *others: self.name)
    monkeypatch.setattr(datasets, "loop_rates", lambda model, seconds: {"one process": 20_000.0})
    with ThreadPoolExecutor(1) as load_process:
        text = datasets.render(MODEL, 10, 1.0, 100, load_process)
    assert "| inkcode, 1 worker, verified | " in text
    assert "| inkcode, 1 worker, not verified | " in text
    rates = [float(line.split("|")[2]) for line in text.splitlines() if line.startswith("| inkcode, 1")]
    (ratios,) = [line.split("|")[2:4] for line in text.splitlines() if line.startswith("| verified")]
    assert all(rate > 0 for rate in rates)
    assert float(ratios[0]) == pytest.approx(rates[0] / 100, abs=0.1)
    assert float(ratios[1]) == pytest.approx(rates[0] / 20_000, abs=0.01)


def test_trdg_must_draw_all_requested_pictures(fake_trdg) -> None:
    fake_trdg(most=500)
    datasets.trdg_rate(400)
    with pytest.raises(MeasurementError, match="trdg did not draw 600 pictures"):
        datasets.trdg_rate(600)


def test_the_session_loop_is_measured_in_one_process_and_in_one_per_core() -> None:
    rates = datasets.loop_rates(MODEL, 0.02, (8,))
    assert set(rates) == {"one process", "a process per core"}
    assert all(rate > 0 for rate in rates.values())
