"""Runs generators: which models are served, one ONNX Runtime session each, and a batcher for each session. No HTTP."""
