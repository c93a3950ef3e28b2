"""Real images in, one measured `.onnx` generator out."""
