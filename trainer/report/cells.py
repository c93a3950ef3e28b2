"""The cells of the tables: figures of one or several runs as text."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from statistics import mean, stdev

from trainer.report.record import Record

Cell = Callable[[Sequence[Record]], str]
"""The runs of one system, one per seed -> the text of the cell."""

MISSING = "–"


def mean_and_deviation(values: Sequence[float | None], form: str = "{:.3f}", unit: str = "") -> str:
    """The mean, the sample standard deviation if there are several values, and their number if some are missing.

    0.25, 0.75 and None give `0.500 ± 0.354 (2 of 3)`.
    """
    known = [value for value in values if value is not None]
    if not known:
        return MISSING
    text = form.format(mean(known))
    if len(known) > 1:
        text += f" ± {form.format(stdev(known))}"
    return text + unit + (f" ({len(known)} of {len(values)})" if len(known) < len(values) else "")


def percent(values: Sequence[float | None]) -> str:
    """`mean_and_deviation` of fractions from 0 to 1, in per cent."""
    return mean_and_deviation([None if value is None else 100 * value for value in values], "{:.2f}", " %")


def quality_fields(*fields: str, form: Callable[[Sequence[float | None]], str] = mean_and_deviation) -> Cell:
    """A cell with one or more fields of `Quality`, as in `a / b`; one dash where none was measured."""

    def cell(runs: Sequence[Record]) -> str:
        texts = [form([getattr(run.quality, field) for run in runs]) for field in fields]
        return MISSING if set(texts) == {MISSING} else " / ".join(texts)

    return cell


def worst_label(runs: Sequence[Record]) -> str:
    """The lowest accuracy of a label in each run, and the labels that have it."""
    by_label = [run.quality.label_accuracy_by_label for run in runs]
    worst = [min(accuracies, key=lambda label: accuracies[label]) if accuracies else None for accuracies in by_label]
    text = percent([None if label is None else found[label] for label, found in zip(worst, by_label, strict=True)])
    names = ", ".join(f"`{label}`" for label in sorted({label for label in worst if label is not None}))
    return f"{text} ({names})" if names else MISSING


def same(values: Sequence[float | None], form: str = "{:.3f}", unit: str = "") -> str:
    """Figures of real images, which do not depend on the run: each value that differs as text, once."""
    texts = dict.fromkeys(form.format(value) + unit for value in values if value is not None)
    return " or ".join(texts) or MISSING


def same_percent(values: Sequence[float | None]) -> str:
    """`same` of fractions from 0 to 1, in per cent."""
    return same([None if value is None else 100 * value for value in values], "{:.2f}", " %")


def times_floor(runs: Sequence[Record]) -> str:
    """The Frechet distance divided by that of real images."""
    distances = [(run.quality.frechet_distance, run.quality.frechet_floor) for run in runs]
    return mean_and_deviation([a / b if a is not None and b else None for a, b in distances], "{:.1f}")


def controls(runs: Sequence[Record]) -> str:
    """Each code, the factor it controls and their correlation, as in `c2 slant 0.95`."""
    found = {(code, control.factor) for run in runs for code, control in run.quality.controls.items()}

    def correlation(run: Record, code: str, factor: str) -> float | None:
        control = run.quality.controls.get(code)
        return control.spearman[factor] if control and control.factor == factor else None

    return _join(
        f"{c} {f} {mean_and_deviation([correlation(run, c, f) for run in runs], '{:.2f}')}" for c, f in sorted(found)
    )


def information(runs: Sequence[Record]) -> str:
    """Each code and the bound of its information, as in `c1 2.29`."""
    codes = sorted({code for run in runs for code in run.quality.information})
    return _join(f"{c} {mean_and_deviation([run.quality.information.get(c) for run in runs], '{:.2f}')}" for c in codes)


def clustering(runs: Sequence[Record]) -> str:
    """Accuracy, NMI and ARI of the encoder's categories."""
    found = [run.quality.clustering for run in runs]
    if not any(found):
        return MISSING
    accuracy = percent([c.accuracy if c else None for c in found])
    nmi, ari = (mean_and_deviation([getattr(c, name) if c else None for c in found]) for name in ("nmi", "ari"))
    return f"{accuracy} / {nmi} / {ari}"


def alignment_labels(runs: Sequence[Record]) -> str:
    """The labelled images by which categories were matched to labels after the training; 0 where none were needed."""
    found = [run.card.alignment.labelled_images if run.card.alignment else 0 for run in runs]
    return " or ".join(dict.fromkeys(map(str, found)))


def _join(entries: Iterable[str]) -> str:
    return ", ".join(entries) or MISSING
