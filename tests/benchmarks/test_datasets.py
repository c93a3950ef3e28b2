"""A short form of `make bench-datasets`: the service alone, and a stand-in for the command it is compared with."""

from __future__ import annotations

import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from benchmarks import contenders, datasets
from benchmarks.contenders import FailedError
from service.settings import Settings

MODEL = Settings().models / "mnist-infogan.onnx"

DRAW = """#!{python}
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
def peer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Stands in for trdg, and draws `most` pictures at most."""

    def make(most: int) -> None:
        command = tmp_path / "trdg" / "bin" / "trdg"
        command.parent.mkdir(parents=True)
        command.write_text(DRAW.format(python=sys.executable, most=most))
        command.chmod(0o755)

    monkeypatch.setattr(contenders, "ENVIRONMENTS", tmp_path)
    monkeypatch.setattr(contenders.Contender, "install", lambda self: None)
    return make


def test_the_page_has_every_rate_and_its_ratio(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(datasets, "CORES", 1)
    monkeypatch.setattr(datasets, "BATCHES", (64,))
    monkeypatch.setattr(datasets, "trdg", lambda images: 100.0)
    monkeypatch.setattr(datasets.TRDG.__class__, "versions", lambda self, *beside: self.name)
    monkeypatch.setattr(datasets, "bare", lambda model, seconds: {"one process": 20_000.0})
    with ThreadPoolExecutor(1) as apart:
        text = datasets.report(MODEL, 10, 1.0, 100, apart)
    assert "| inkcode, 1 worker, read by the verifier | " in text
    assert "| inkcode, 1 worker, nobody reads | " in text
    rates = [float(line.split("|")[2]) for line in text.splitlines() if line.startswith("| inkcode, 1")]
    (ratios,) = [line.split("|")[2:4] for line in text.splitlines() if line.startswith("| read by the verifier")]
    assert all(rate > 0 for rate in rates)
    assert float(ratios[0]) == pytest.approx(rates[0] / 100, abs=0.1)
    assert float(ratios[1]) == pytest.approx(rates[0] / 20_000, abs=0.01)


def test_the_command_beside_it_must_draw_all_it_was_asked_for(peer) -> None:
    peer(most=500)
    assert datasets.trdg(400) > 0
    with pytest.raises(FailedError, match="trdg did not draw 600 pictures"):
        datasets.trdg(600)


def test_the_bare_loop_writes_a_picture_each() -> None:
    found = datasets.bare(MODEL, 0.02, (8,))
    assert set(found) == {"one process", "a process a core"}
    assert all(rate > 0 for rate in found.values())
