"""Update the pictures and the tables of the README and of docs/calligraphy.md: `python -m docs.update`.

The pictures are the service's answers to the curl examples of these pages. The tables come from the records
of the bundled models' runs, of `make proof` and of `python -m examples.ocr`.
"""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.proof import record as proof
from benchmarks.serving import serving
from examples.ocr import record, report
from examples.ocr.record import DigitsRecord, LinesRecord
from latent import ModelCard
from latent.card import Quality
from latent.spec import Categorical, Continuous
from trainer.report import cells
from trainer.report import record as runs
from trainer.report.record import Record
from trainer.storage.onnx_metadata import read_card

ROOT = Path(__file__).parent.parent
README = ROOT / "README.md"
CALLIGRAPHY = ROOT / "docs" / "calligraphy.md"
MODELS = {
    README: [ROOT / "models" / f"mnist-{name}.onnx" for name in ("infogan", "projection-r1")],
    CALLIGRAPHY: [ROOT / "models" / "calligraphy-64.onnx"],
}
"""The models in the table of each page."""
RECORDS = ROOT / "examples" / "ocr" / "results"
RUNS = ROOT / "results"
ADDRESS = "http://127.0.0.1:8000"
"""The service's address in the examples."""


def snippets(language: str, containing: str = "", page: Path = README) -> list[str]:
    """The code blocks of a page in `language` that contain a string, in order."""
    blocks = re.findall(rf"^```{language}\n(.*?)^```", page.read_text("utf-8"), re.DOTALL | re.MULTILINE)
    return [block for block in blocks if containing in block]


def run_curl_examples(address: str, folder: Path) -> None:
    """Run the curl examples of all pages in `folder`, against the service at `address`."""
    for snippet in (snippet for page in MODELS for snippet in snippets("bash", "curl", page)):
        script = "set -euo pipefail\n" + snippet.replace(ADDRESS, address)
        subprocess.run(["bash", "-c", script], cwd=folder, check=True)


def pictures() -> list[str]:
    """The file names, in `docs`, of the pictures on the pages."""
    texts = (page.read_text("utf-8") for page in MODELS)
    named = (name for text in texts for name in re.findall(r"!\[[^]]*\]\((?:docs/)?([\w.]+)\)", text))
    return list(dict.fromkeys(named))


def card_table(models: Iterable[Path]) -> str:
    """The metrics in the records of the models' runs as a Markdown table, a column per model."""
    cards = [read_card(path) for path in models]
    columns = [dict(_metrics(card)) for card in cards]
    names = dict.fromkeys(name for column in columns for name in column)
    lines = ["| | " + " | ".join(f"`{card.name}`" for card in cards) + " |", "|---" * (1 + len(cards)) + "|"]
    lines += [f"| {name} | " + " | ".join(column.get(name, "–") for column in columns) + " |" for name in names]
    return "\n".join(lines) + "\n"


def _metrics(card: ModelCard) -> Iterator[tuple[str, str]]:
    provenance = card.provenance
    records = [run for run in runs.load(RUNS) if run.group == f"{provenance.dataset}-{card.system}"]
    record = next((run for run in records if run.card.provenance == provenance), None)
    if record is None or record.quality.label_accuracy is None:
        raise SystemExit(f"{card.name} has no record: run python -m trainer report")
    quality = record.quality
    worst = min(quality.label_accuracy_by_label, key=lambda label: quality.label_accuracy_by_label[label])
    yield "codes", ", ".join(f"`{v.name}`" for v in card.latent if isinstance(v, Categorical | Continuous))
    yield "labels used in training", f"{provenance.labels_read:,} of {provenance.images:,}"
    if card.alignment:
        yield "labelled images used to name the categories", f"{card.alignment.labelled_images:,}"
    yield "seed", f"{provenance.seed}, of {len(records)} trained"
    yield "measured by [judge](RESULTS.md)", _judge(quality)
    yield "generated images classified as the requested label", f"{quality.label_accuracy:.2%} of {quality.samples:,}"
    if quality.label_accuracy_folded is not None:
        yield "the same, look-alikes and case taken as one", f"{quality.label_accuracy_folded:.2%}"
    if len(records) > 1:
        yield "the same, mean over all seeds", _mean_over_seeds(records)
    yield "worst label", f"{worst!r}, {quality.label_accuracy_by_label[worst]:.2%}"
    for code, control in quality.controls.items():
        spearman = control.spearman[control.factor]
        yield f"`{code}` controls", f"{control.factor}, Spearman {spearman:.2f} within a label"
    if verification := quality.writer_verification:
        name = "pairs of one writer told from pairs of two, area under the ROC curve"
        alone, real = f"{verification.style:.3f} by style alone", f"of real writers: {verification.real:.3f}"
        yield name, f"{verification.hand:.3f} by style and codes, {alone}; {real}"
    yield from _gan_train(record)
    yield "Fréchet distance", f"{quality.frechet_distance:.4f}; of real images: {quality.frechet_floor:.4f}"
    if quality.recall_real is not None:
        real = f"{quality.precision_real:.3f} / {quality.recall_real:.3f}"
        yield "precision / recall", f"{quality.precision:.3f} / {quality.recall:.3f}; of real images: {real}"


def _judge(quality: Quality) -> str:
    return f"`{quality.judge_sha256[:12]}`" if quality.judge_sha256 else "earlier"


def _mean_over_seeds(records: Sequence[Record]) -> str:
    """The label accuracy over seeds, by the judge that has measured most of them."""
    by_judge: dict[str, list[float | None]] = {}
    for entry in (entry for run in records for entry in run.by_judge()):
        by_judge.setdefault(_judge(entry.quality), []).append(entry.quality.label_accuracy)
    judge, accuracies = max(by_judge.items(), key=lambda item: len(item[1]))
    return f"{cells.percent(accuracies)}; {len(accuracies)} seeds, judge: {judge}"


def _gan_train(record: Record) -> Iterator[tuple[str, str]]:
    """GAN-train by the newest judge that has it, with the accuracy of a classifier of real images trained alike."""
    for entry in record.by_judge():
        generated, real = entry.quality.gan_train_accuracy, entry.quality.classifier_accuracy
        if generated is not None:
            both = f"{generated:.2%}; trained on real images: {real:.2%}; judge: {_judge(entry.quality)}"
            yield "classifier's accuracy on real images, trained on generated images", both
            return
    yield "classifier's accuracy on real images, trained on real images", f"{record.quality.classifier_accuracy:.2%}"


def stream_table() -> str:
    """The measurements of the data sets of the README's last model as a Markdown table; empty without a record."""
    best = MODELS[README][-1]
    rows = list(proof.rows(proof.load(best)))
    return _table(f"`{best.stem}`, streamed", rows) if rows else ""


def _table(title: str, rows: Iterable[tuple[str, str]]) -> str:
    lines = [f"| {title} | |", "|---|---|", *(f"| {name} | {figure} |" for name, figure in rows)]
    return "\n".join(lines) + "\n"


def ocr_summary() -> str:
    """The results of training on streamed samples, from the records of `examples.ocr`."""
    lines, digits = record.load(LinesRecord, RECORDS), record.load(DigitsRecord, RECORDS)
    return report.summary(lines, digits, RECORDS.relative_to(ROOT).as_posix())


def render(page: Path) -> str:
    """A page's text with its tables updated."""
    text = page.read_text("utf-8")
    for name, table in (("card", card_table(MODELS[page])), ("streamed", stream_table()), ("ocr", ocr_summary())):
        text = re.sub(rf"(<!-- {name} -->\n).*?(<!-- /{name} -->)", rf"\g<1>{table}\g<2>", text, flags=re.DOTALL)
    return text


def main() -> None:
    """Write the pictures and the tables."""
    with serving() as server, TemporaryDirectory() as folder:
        run_curl_examples(f"http://{server.host}:{server.port}", Path(folder))
        for name in pictures():
            shutil.copy(Path(folder) / name, ROOT / "docs")
    for page in MODELS:
        page.write_text(render(page), "utf-8")


if __name__ == "__main__":
    main()
