"""The parts of the GPU benchmark that need no GPU."""

from __future__ import annotations

import subprocess

from benchmarks.bench import MODEL
from benchmarks.gpu import convert_to_float16, max_difference
from benchmarks.systems import ROOT


def test_the_generator_in_float16_draws_nearly_the_same_pixels(tmp_path) -> None:
    convert_to_float16(MODEL, tmp_path / "half.onnx")
    assert (tmp_path / "half.onnx").stat().st_size < 0.6 * MODEL.stat().st_size
    assert max_difference(MODEL, tmp_path / "half.onnx", images=64) <= 2


def test_without_a_gpu_the_script_reports_it(tmp_path) -> None:
    (tmp_path / "nvidia-smi").write_text("#!/bin/sh\nexit 9\n")
    (tmp_path / "nvidia-smi").chmod(0o755)
    run = subprocess.run(
        [ROOT / "benchmarks" / "gpu.sh"], env={"PATH": f"{tmp_path}:/usr/bin:/bin"}, capture_output=True, text=True
    )
    assert run.returncode == 1
    assert "Nothing measured: this machine has no NVIDIA GPU" in run.stderr
