"""The quality of a generator, measured on its exported file: one metric per module."""

from trainer.metrics.suite import evaluate, measure

__all__ = ["evaluate", "measure"]
