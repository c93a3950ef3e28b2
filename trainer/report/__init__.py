"""RESULTS.md: every measured run in one page, made from the runs' own files."""

from trainer.report.record import ReportError
from trainer.report.report import report

__all__ = ["ReportError", "report"]
