"""The bodies of the Open Inference Protocol's REST half: JSON with tensors as bytes behind it, compressed or not."""
