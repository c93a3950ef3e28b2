"""Quality of a generator, measured on the file that ships: one metric a file."""

from trainer.metrics.suite import evaluate

__all__ = ["evaluate"]
