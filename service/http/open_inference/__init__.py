"""The bodies of the Open Inference Protocol's REST half: JSON, and tensors as bytes behind it."""
