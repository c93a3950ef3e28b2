"""The report: RESULTS.md, the figures of all recorded runs."""

from trainer.report.record import ReportError
from trainer.report.report import report

__all__ = ["ReportError", "report"]
