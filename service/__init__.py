"""A generator's `.onnx` file in, pictures over HTTP out. Never imports torch or the trainer."""
