"""A generator's `.onnx` file in, pictures over HTTP out. Never imports torch or the trainer."""

import os

# ONNX Runtime reads it as it is imported; without it some builds start a thread that reports their use.
os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")
