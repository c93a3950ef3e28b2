"""What of the measuring on a GPU needs none."""

from __future__ import annotations

import subprocess

from benchmarks.bench import MODEL
from benchmarks.contenders import ROOT
from benchmarks.gpu import difference, halved


def test_the_generator_in_float16_draws_what_it_draws_in_float32(tmp_path) -> None:
    halved(MODEL, tmp_path / "half.onnx")
    assert (tmp_path / "half.onnx").stat().st_size < 0.6 * MODEL.stat().st_size
    assert difference(MODEL, tmp_path / "half.onnx", images=64) <= 2


def test_without_a_gpu_it_says_so(tmp_path) -> None:
    (tmp_path / "nvidia-smi").write_text("#!/bin/sh\nexit 9\n")
    (tmp_path / "nvidia-smi").chmod(0o755)
    run = subprocess.run(
        [ROOT / "benchmarks" / "gpu.sh"], env={"PATH": f"{tmp_path}:/usr/bin:/bin"}, capture_output=True, text=True
    )
    assert run.returncode == 1
    assert "Nothing measured: this machine has no NVIDIA GPU" in run.stderr
