"""Files: written atomically, and the metadata inside ONNX files."""
