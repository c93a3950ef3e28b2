"""A short form of `make bench`: Inkcode alone, and peers that cannot be measured."""

from __future__ import annotations

import math
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import onnxruntime
import pytest

from benchmarks import bench, infogan_paper, loads, report, systems
from benchmarks.loads import GRIDS_1, SINGLES_64, Load
from benchmarks.report import Outcome
from benchmarks.session_loop import SessionLoop, best_batch
from benchmarks.systems import SYSTEMS, SystemUnderTest

PEERS = Path(systems.__file__).parent / "peers"


def outcome(system: SystemUnderTest) -> Outcome:
    with ThreadPoolExecutor(1) as load_process:
        return bench.run(system, bench.MODEL, 1, 0.3, load_process)


def test_inkcode_is_measured_and_a_failing_peer_is_reported(monkeypatch, tmp_path) -> None:
    monkeypatch.setattr(bench, "LOADS", (loads.SINGLES_1, SINGLES_64, GRIDS_1, loads.GRIDS_8))
    monkeypatch.setattr(systems, "ENVIRONMENTS", tmp_path)
    monkeypatch.setattr(SystemUnderTest, "install", lambda self: (tmp_path / self.name).mkdir(exist_ok=True))
    monkeypatch.setattr(SystemUnderTest, "python", sys.executable)
    inkcode = outcome(SYSTEMS[0])
    broken = outcome(SystemUnderTest("fastapi", "fastapi", "python -c raise(ValueError('no'))"))

    assert broken.failed == "ends with code 1: ValueError: no"
    assert not inkcode.failed
    for measured in inkcode.measured.values():
        assert set(measured.result.times) <= {200, 429, 504}
        assert measured.images > 0
        assert measured.memory > 10
        assert 0 < measured.result.cpu < 1.1
    text = bench.render([inkcode, broken], bench.MODEL, 1, 0.02)
    assert "| fastapi | ends with code 1: ValueError: no | - |" in text
    assert "## Single images, connections: 64" in text
    assert "images/s over the session loop's" in text


def test_the_fastapi_peer_answers_the_same_pixels(monkeypatch, tmp_path) -> None:
    """It runs in this environment, because it needs only what the service depends on."""
    monkeypatch.setattr(systems, "ENVIRONMENTS", tmp_path)
    monkeypatch.setattr(SystemUnderTest, "install", lambda self: (tmp_path / self.name).mkdir())
    monkeypatch.setattr(SystemUnderTest, "python", sys.executable)
    monkeypatch.setattr(bench, "LOADS", (GRIDS_1,))
    fastapi = next(system for system in SYSTEMS if system.name == "fastapi")
    measured = outcome(replace(fastapi, command=f"{sys.executable} -m {fastapi.command}"))
    assert not measured.failed
    assert measured.measured[GRIDS_1.title].images > 0


def test_a_failed_installation_reports_the_reason(monkeypatch, tmp_path) -> None:
    monkeypatch.setattr(systems, "ENVIRONMENTS", tmp_path)
    python = tmp_path / "mosec" / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.write_text("#!/bin/sh\necho 'no such package' >&2\nexit 1\n")
    python.chmod(0o755)
    monkeypatch.setattr(systems.sys, "executable", "true")
    with pytest.raises(systems.MeasurementError, match="cannot be installed: no such package"):
        SYSTEMS[1].install()


def test_each_peer_has_a_server_and_requirements() -> None:
    for system in SYSTEMS[1:]:
        assert (PEERS / system.name / "server.py").exists()
        assert system.package in (PEERS / system.name / "requirements.txt").read_text()


def test_the_requests_of_a_load_have_its_sizes() -> None:
    bodies = Load("", (1, 3), 1).requests()
    assert [body.count(b"[") - 1 for body in bodies] == [1, 3] * 4


def test_the_infogan_paper_generator_has_the_paper_s_size(tmp_path) -> None:
    infogan_paper.write(tmp_path / "infogan-paper.onnx")
    session = onnxruntime.InferenceSession(tmp_path / "infogan-paper.onnx")
    assert session.get_outputs()[0].shape == ["batch", 1, 28, 28]
    weights = 74 * 1024 + 1024 * 6272 + 128 * 64 * 16 + 64 * 16
    biases = 1024 + 6272 + 64 + 1
    assert (tmp_path / "infogan-paper.onnx").stat().st_size == pytest.approx(4 * (weights + biases), abs=4096)
    rate, batch = best_batch(SessionLoop(tmp_path / "infogan-paper.onnx").session_rate, 0.01, (1, 8))
    assert math.isfinite(rate)
    assert batch in (1, 8)


def test_a_table_has_one_line_per_row() -> None:
    assert report.table(["", "a"], [["x", 1]]) == "|  | a |\n| --- | ---: |\n| x | 1 |\n"
