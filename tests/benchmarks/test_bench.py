"""A short form of `make bench`: Inkcode alone, and what becomes of peers that cannot take part."""

from __future__ import annotations

import math
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import onnxruntime
import pytest

from benchmarks import bench, contenders, measure, original, page
from benchmarks.bare import Bare, best
from benchmarks.contenders import CONTENDERS, Contender
from benchmarks.measure import GRID, MANY, Load
from benchmarks.page import Outcome

PEERS = Path(contenders.__file__).parent / "peers"


def outcome(contender: Contender) -> Outcome:
    with ThreadPoolExecutor(1) as apart:
        return bench.run(contender, bench.MODEL, 1, 0.3, apart)


def test_inkcode_is_measured_and_a_peer_that_fails_is_told_of(monkeypatch, tmp_path) -> None:
    monkeypatch.setattr(bench, "LOADS", (measure.ONE, MANY, GRID, measure.GRIDS))
    monkeypatch.setattr(contenders, "ENVIRONMENTS", tmp_path)
    monkeypatch.setattr(Contender, "install", lambda self: (tmp_path / self.name).mkdir(exist_ok=True))
    monkeypatch.setattr(Contender, "python", sys.executable)
    inkcode = outcome(CONTENDERS[0])
    broken = outcome(Contender("fastapi", "fastapi", "python -c raise(ValueError('no'))"))

    assert broken.failed == "ends with code 1: ValueError: no"
    assert not inkcode.failed
    for measured in inkcode.measured.values():
        assert set(measured.result.times) <= {200, 429, 504}
        assert measured.images > 0
        assert measured.memory > 10
        assert 0 < measured.result.cpu < 1.1
    text = bench.report([inkcode, broken], bench.MODEL, 1, 0.02)
    assert "| fastapi | ends with code 1: ValueError: no | - |" in text
    assert "## Single images, connections: 64" in text
    assert "images/s over the bare loop's" in text


def test_the_fair_peer_answers_the_same_pixels(monkeypatch, tmp_path) -> None:
    """With what the service itself is made of, no environment need be made for it."""
    monkeypatch.setattr(contenders, "ENVIRONMENTS", tmp_path)
    monkeypatch.setattr(Contender, "install", lambda self: (tmp_path / self.name).mkdir())
    monkeypatch.setattr(Contender, "python", sys.executable)
    monkeypatch.setattr(bench, "LOADS", (GRID,))
    fair = next(contender for contender in CONTENDERS if contender.name == "fastapi")
    found = outcome(replace(fair, command=f"{sys.executable} -m {fair.command}"))
    assert not found.failed
    assert found.measured[GRID.title].images > 0


def test_what_cannot_be_installed_says_why(monkeypatch, tmp_path) -> None:
    monkeypatch.setattr(contenders, "ENVIRONMENTS", tmp_path)
    python = tmp_path / "mosec" / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.write_text("#!/bin/sh\necho 'no such package' >&2\nexit 1\n")
    python.chmod(0o755)
    monkeypatch.setattr(contenders.sys, "executable", "true")
    with pytest.raises(contenders.FailedError, match="cannot be installed: no such package"):
        CONTENDERS[1].install()


def test_each_peer_has_a_server_and_says_what_it_is_made_of() -> None:
    for contender in CONTENDERS[1:]:
        assert (PEERS / contender.name / "server.py").exists()
        assert contender.package in (PEERS / contender.name / "requirements.txt").read_text()


def test_a_load_s_requests_have_its_sizes() -> None:
    bodies = Load("", (1, 3), 1).requests()
    assert [body.count(b"[") - 1 for body in bodies] == [1, 3] * 4


def test_the_original_generator_has_the_paper_s_size(tmp_path) -> None:
    original.write(tmp_path / "original.onnx")
    session = onnxruntime.InferenceSession(tmp_path / "original.onnx")
    assert session.get_outputs()[0].shape == ["batch", 1, 28, 28]
    weights = 74 * 1024 + 1024 * 6272 + 128 * 64 * 16 + 64 * 16
    biases = 1024 + 6272 + 64 + 1
    assert (tmp_path / "original.onnx").stat().st_size == pytest.approx(4 * (weights + biases), abs=4096)
    rate, batch = best(Bare(tmp_path / "original.onnx").raw, 0.01, (1, 8))
    assert math.isfinite(rate)
    assert batch in (1, 8)


def test_a_table_has_a_line_a_row() -> None:
    assert page.table(["", "a"], [["x", 1]]) == "|  | a |\n| --- | ---: |\n| x | 1 |\n"
