#!/usr/bin/env bash
# Measures Inkcode on an NVIDIA GPU in float32 and float16 and writes benchmarks/RESULTS-gpu.md. It uses its own virtual
# environment, build/gpu, because onnxruntime-gpu replaces onnxruntime.
set -euo pipefail
cd "$(dirname "$0")/.."

if ! nvidia-smi >/dev/null 2>&1; then
    echo "Nothing measured: this machine has no NVIDIA GPU that nvidia-smi can see." >&2
    exit 1
fi
environment=build/gpu
if [ ! -x $environment/bin/python ]; then
    "${PYTHON:-python3}" -m venv $environment
fi
$environment/bin/python -m pip install -q --constraint constraints.txt --editable '.[gpu]' onnx
exec $environment/bin/python -m benchmarks.gpu
