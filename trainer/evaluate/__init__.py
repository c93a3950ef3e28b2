"""Quality of a generator, measured on the file that ships: one metric a file."""

from trainer.evaluate.measure import evaluate

__all__ = ["evaluate"]
