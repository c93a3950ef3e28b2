"""The records as Markdown: the summary in the README, and the full report."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from statistics import mean, stdev

from examples.ocr.record import REAL, DigitsRecord, LinesRecord, Source

ERROR_CURVE, LINE_COMPARISON = "digits.png", "lines.png"
"""File names of the figures beside the report; see `figures`."""


def lines_table(records: Sequence[LinesRecord]) -> str:
    """Errors on lines of real digits, a row for each source of training lines."""
    rows = []
    for record in records:
        errors, exact = [s.error_rate for s in record.scores], [s.exact_rate for s in record.scores]
        source = "real training digits" if record.source.name == REAL else f"`{record.source.name}`, streamed"
        rows.append([source, _percent(errors), _percent(exact)])
    return _table(["trained on lines of", "character error rate, %", "lines read exactly, %"], rows)


def digits_table(records: Sequence[DigitsRecord]) -> str:
    """Accuracy on real digits, a column for each number of real labels."""
    counts = sorted({count for record in records for one in record.accuracies for count in one})
    rows = []
    for record in records:
        cells = [_percent(values) if (values := accuracies(record, count)) else "" for count in counts]
        source = "no generated digits" if record.source.name == REAL else f"with `{record.source.name}`, streamed"
        rows.append([source, *cells])
    return _table(["real labels", *(f"{count:,}" for count in counts)], rows)


def accuracies(record: DigitsRecord, count: int) -> list[float]:
    """The accuracies with `count` real labels, one per seed; empty if it was not measured."""
    return [one[count] for one in record.accuracies if count in one]


def summary(lines: Sequence[LinesRecord], digits: Sequence[DigitsRecord], folder: str) -> str:
    """The part for the README; `folder` is the path of the report and its figures. Empty without records."""
    parts = []
    if lines:
        parts += [lines_table(lines)]
    if digits:
        parts += [
            "The accuracy on single digits, in per cent, by the number of real labels in the training:\n",
            digits_table(digits),
            f"![Misclassified digits by the number of real labels]({folder}/{ERROR_CURVE})\n",
            "The generators were themselves trained with real labels:\n",
            _sources(record.source for record in digits),
        ]
    return "\n".join(parts)


def render(lines: Sequence[LinesRecord], digits: Sequence[DigitsRecord]) -> str:
    """The full report."""
    parts = [
        "# Generated handwriting as training data\n",
        "Written by `python -m examples.ocr`. All figures are in per cent.\n",
    ]
    if lines:
        config = lines[0].config
        parts += [
            "## Lines\n",
            f"A CRNN with CTC is trained on {config.training.lines:,} lines of {config.lines} digits, each seen once,",
            f"and tested on {config.test_lines:,} such lines of MNIST's test digits, which no generator has seen.",
            "Lines are streamed with the service's defaults: the model's verifier, if it has one, has checked them.",
            f"{_seeds(config.seeds)}\n",
            lines_table(lines),
            f"![The same lines in real and in generated digits]({LINE_COMPARISON})\n",
            "*Left: lines of real digits. Right: the same lines, streamed from the service.*\n",
        ]
    if digits:
        settings = digits[0].config
        parts += [
            "## Few labels\n",
            f"A CNN is trained on {settings.images_seen:,} images, counting repeats, and tested on real test images.",
            f"Its training set has real labels, and none or {settings.generated:,} generated digits, which no verifier",
            "has checked.",
            f"{_seeds(settings.seeds)}\n",
            digits_table(digits),
            f"![Misclassified digits by the number of real labels]({ERROR_CURVE})\n",
        ]
    parts += ["## Models\n", _sources([*(r.source for r in lines), *(r.source for r in digits)])]
    return "\n".join(parts)


def _sources(sources: Iterable[Source]) -> str:
    known = {source.version: source for source in sources if source.name != REAL}
    return _table(
        ["model", "real labels in its training"], [[f"`{s.version}`", f"{s.labels:,}"] for s in known.values()]
    )


def _seeds(seeds: Sequence[int]) -> str:
    return f"± is the standard deviation over {len(seeds)} seeds." if len(seeds) > 1 else "One seed."


def _percent(values: Sequence[float]) -> str:
    spread = f" ± {100 * stdev(values):.2f}" if len(values) > 1 else ""
    return f"{100 * mean(values):.2f}{spread}"


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, ["---", *["---:"] * (len(head) - 1)], *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines) + "\n"
