"""The records as Markdown: what the README shows of them, and a page of everything."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from statistics import mean, stdev

from examples.ocr.record import REAL, DigitsRecord, LinesRecord, Source

CURVE, SHEET = "digits.png", "lines.png"
"""The pictures beside the page: `picture` draws them."""


def lines_table(records: Sequence[LinesRecord]) -> str:
    """How lines of real digits are read, a row for whoever wrote the lines of the training."""
    rows = []
    for record in records:
        errors, exact = [s.error_rate for s in record.scores], [s.exact_rate for s in record.scores]
        whose = "real training digits" if record.source.name == REAL else f"`{record.source.name}`, streamed"
        rows.append([whose, _share(errors), _share(exact)])
    return _table(["trained on lines of", "character error rate, %", "lines read exactly, %"], rows)


def digits_table(records: Sequence[DigitsRecord]) -> str:
    """How real digits are read, a column for every number of real labels."""
    counts = sorted({count for record in records for one in record.accuracies for count in one})
    rows = []
    for record in records:
        cells = [_share(at(record, count)) if at(record, count) else "" for count in counts]
        whose = "alone" if record.source.name == REAL else f"and `{record.source.name}`, streamed"
        rows.append([whose, *cells])
    return _table(["real labels", *(f"{count:,}" for count in counts)], rows)


def at(record: DigitsRecord, count: int) -> list[float]:
    """The accuracies with so many real labels, a seed each; none where that was not tried."""
    return [one[count] for one in record.accuracies if count in one]


def summary(lines: Sequence[LinesRecord], digits: Sequence[DigitsRecord], folder: str) -> str:
    """What the README shows; `folder` is where the page and its pictures are. Nothing where nothing was measured."""
    parts = []
    if lines:
        parts += [lines_table(lines)]
    if digits:
        parts += [
            "And so are single digits read, per cent right, where so many real labels were at hand:\n",
            digits_table(digits),
            f"![Misread digits by the number of real labels]({folder}/{CURVE})\n",
            "The generators themselves were trained with labels:\n",
            _sources(record.source for record in digits),
        ]
    return "\n".join(parts)


def page(lines: Sequence[LinesRecord], digits: Sequence[DigitsRecord]) -> str:
    """Everything that was measured."""
    parts = [
        "# Generated handwriting as training data\n",
        "Written by `python -m examples.ocr`. All figures are in per cent.\n",
    ]
    if lines:
        config = lines[0].config
        parts += [
            "## Lines\n",
            f"A CRNN with CTC that saw {config.training.lines:,} lines of {config.lines} digits, each once, reads",
            f"{config.test_lines:,} such lines of MNIST's test digits, which neither it nor a generator has seen.",
            "Streamed lines are those of the service's defaults: a model's verifier has read them, where it has one.",
            f"{_seeds(config.seeds)}\n",
            lines_table(lines),
            f"![The same lines in real digits and as they are streamed]({SHEET})\n",
            "*Lines of real digits on the left; on the right the same ones as they are streamed.*\n",
        ]
    if digits:
        how = digits[0].config
        parts += [
            "## Few labels\n",
            f"A CNN that saw {how.shown:,} images, repeats counted, reads MNIST's test images. So many real labels",
            f"were at hand, alone or beside {how.generated:,} generated digits that no verifier had read.",
            f"{_seeds(how.seeds)}\n",
            digits_table(digits),
            f"![Misread digits by the number of real labels]({CURVE})\n",
        ]
    parts += ["## Who drew\n", _sources([*(r.source for r in lines), *(r.source for r in digits)])]
    return "\n".join(parts)


def _sources(sources: Iterable[Source]) -> str:
    known = {source.version: source for source in sources if source.name != REAL}
    return _table(
        ["model", "real labels that went into it"], [[f"`{s.version}`", f"{s.labels:,}"] for s in known.values()]
    )


def _seeds(seeds: Sequence[int]) -> str:
    return f"± is the standard deviation over {len(seeds)} seeds." if len(seeds) > 1 else "One seed."


def _share(values: Sequence[float]) -> str:
    spread = f" ± {100 * stdev(values):.2f}" if len(values) > 1 else ""
    return f"{100 * mean(values):.2f}{spread}"


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, ["---", *["---:"] * (len(head) - 1)], *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines) + "\n"
