"""Figures of one or several runs as the text of a table's cell."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from statistics import mean, stdev

from trainer.report.record import Record

Cell = Callable[[Sequence[Record]], str]
"""The runs of one system, one for each seed -> what the cell says of them."""

NONE = "–"


def spread(values: Sequence[float | None], form: str = "{:.3f}", unit: str = "") -> str:
    """Mean, the sample's standard deviation where there are several, and of how many runs where not of all.

    0.25, 0.75 and None are `0.500 ± 0.354 (2 of 3)`.
    """
    known = [value for value in values if value is not None]
    if not known:
        return NONE
    text = form.format(mean(known))
    if len(known) > 1:
        text += f" ± {form.format(stdev(known))}"
    return text + unit + (f" ({len(known)} of {len(values)})" if len(known) < len(values) else "")


def percent(values: Sequence[float | None]) -> str:
    """Shares from 0 to 1 as per cent."""
    return spread([None if value is None else 100 * value for value in values], "{:.2f}", " %")


def of(*fields: str, form: Callable[[Sequence[float | None]], str] = spread) -> Cell:
    """A cell of one or more fields of `Quality`, `a / b`; one dash where none was measured."""

    def cell(runs: Sequence[Record]) -> str:
        texts = [form([getattr(run.quality, field) for run in runs]) for field in fields]
        return NONE if set(texts) == {NONE} else " / ".join(texts)

    return cell


def worst_label(runs: Sequence[Record]) -> str:
    """The label least often read as asked, of each run."""
    by_label = [run.quality.label_accuracy_by_label for run in runs]
    worst = [min(shares, key=lambda label: shares[label]) if shares else None for shares in by_label]
    text = percent([None if label is None else shares[label] for label, shares in zip(worst, by_label, strict=True)])
    names = ", ".join(f"`{label}`" for label in sorted({label for label in worst if label is not None}))
    return f"{text} ({names})" if names else NONE


def over_floor(runs: Sequence[Record]) -> str:
    """The Frechet distance as a multiple of that of real images."""
    distances = [(run.quality.frechet_distance, run.quality.frechet_floor) for run in runs]
    return spread([a / b if a is not None and b else None for a, b in distances], "{:.1f}")


def controls(runs: Sequence[Record]) -> str:
    """`c2 slant 0.95`: each code, the factor it follows, their correlation."""
    found = {(code, control.factor) for run in runs for code, control in run.quality.controls.items()}

    def followed(run: Record, code: str, factor: str) -> float | None:
        control = run.quality.controls.get(code)
        return control.spearman[factor] if control and control.factor == factor else None

    return _list(f"{c} {f} {spread([followed(run, c, f) for run in runs], '{:.2f}')}" for c, f in sorted(found))


def information(runs: Sequence[Record]) -> str:
    """`c1 2.29`: each code and its bound."""
    codes = sorted({code for run in runs for code in run.quality.information})
    return _list(f"{c} {spread([run.quality.information.get(c) for run in runs], '{:.2f}')}" for c in codes)


def clustering(runs: Sequence[Record]) -> str:
    """Accuracy, NMI and ARI."""
    found = [run.quality.clustering for run in runs]
    if not any(found):
        return NONE
    accuracy = percent([c.accuracy if c else None for c in found])
    nmi, ari = (spread([getattr(c, name) if c else None for c in found]) for name in ("nmi", "ari"))
    return f"{accuracy} / {nmi} / {ari}"


def _list(entries: Iterable[str]) -> str:
    return ", ".join(entries) or NONE
