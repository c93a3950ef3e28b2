"""Update the pictures and the tables of the README and of docs/calligraphy.md: `python -m docs.update`.

The pictures are the service's answers to the curl examples of these pages. The tables come from the cards of the
bundled models and from the records of `make proof` and `python -m examples.ocr`.
"""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Iterable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.proof import record as proof
from benchmarks.serving import serving
from examples.ocr import record, report
from examples.ocr.record import DigitsRecord, LinesRecord
from latent import ModelCard
from latent.spec import Categorical, Continuous
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
    return [name for text in texts for name in re.findall(r"!\[[^]]*\]\((?:docs/)?([\w.]+)\)", text)]


def card_table(models: Iterable[Path]) -> str:
    """The metrics in the models' cards as a Markdown table, a column per model."""
    cards = [read_card(path) for path in models]
    columns = [dict(_metrics(card)) for card in cards]
    names = dict.fromkeys(name for column in columns for name in column)
    lines = ["| | " + " | ".join(f"`{card.name}`" for card in cards) + " |", "|---" * (1 + len(cards)) + "|"]
    lines += [f"| {name} | " + " | ".join(column.get(name, "–") for column in columns) + " |" for name in names]
    return "\n".join(lines) + "\n"


def _metrics(card: ModelCard) -> Iterator[tuple[str, str]]:
    quality, provenance = card.quality, card.provenance
    if quality is None or quality.label_accuracy is None:
        raise SystemExit(f"{card.name} is not measured: run python -m trainer evaluate models/{card.name}.onnx")
    worst = min(quality.label_accuracy_by_label, key=lambda label: quality.label_accuracy_by_label[label])
    yield "codes", ", ".join(f"`{v.name}`" for v in card.latent if isinstance(v, Categorical | Continuous))
    yield "labels used in training", f"{provenance.labels_read:,} of {provenance.images:,}"
    if card.alignment:
        yield "labelled images used to name the categories", f"{card.alignment.labelled_images:,}"
    yield "generated images classified as the requested label", f"{quality.label_accuracy:.2%} of {quality.samples:,}"
    yield "worst label", f"{worst!r}, {quality.label_accuracy_by_label[worst]:.2%}"
    for code, control in quality.controls.items():
        spearman = control.spearman[control.factor]
        yield f"`{code}` controls", f"{control.factor}, Spearman {spearman:.2f} within a label"
    real = f"{quality.classifier_accuracy:.2%}" if quality.classifier_accuracy else "–"
    if quality.gan_train_accuracy is None:
        yield "classifier's accuracy on real images, trained on real images", real
    else:
        both = f"{quality.gan_train_accuracy:.2%}; trained on real images: {real}"
        yield "classifier's accuracy on real images, trained on generated images", both
    yield "Fréchet distance", f"{quality.frechet_distance:.4f}; between real images: {quality.frechet_floor:.4f}"


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
