"""Make the pictures and the figures of the README and of docs/calligraphy.md anew: `python -m docs.update`.

The pictures are what the pages' own examples answer, asked of the service; the figures are the bundled cards', and
those that `make proof` and `python -m examples.ocr` have recorded.
"""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Iterable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.proof import record as streams
from benchmarks.serving import serving
from examples.ocr import page as ocr
from examples.ocr import record
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
"""The models whose figures each page shows."""
RECORDS = ROOT / "examples" / "ocr" / "results"
ADDRESS = "http://127.0.0.1:8000"


def snippets(language: str, mentioning: str = "", page: Path = README) -> list[str]:
    """The code blocks of the README, or another page, in `language` that mention `mentioning`, in order."""
    blocks = re.findall(rf"^```{language}\n(.*?)^```", page.read_text("utf-8"), re.DOTALL | re.MULTILINE)
    return [block for block in blocks if mentioning in block]


def ask(address: str, folder: Path) -> None:
    """Run the pages' curl examples in `folder` against the service at `address`."""
    for snippet in (snippet for page in MODELS for snippet in snippets("bash", "curl", page)):
        script = "set -euo pipefail\n" + snippet.replace(ADDRESS, address)
        subprocess.run(["bash", "-c", script], cwd=folder, check=True)


def shown() -> list[str]:
    """The pictures that the pages show, by their names in `docs`."""
    texts = (page.read_text("utf-8") for page in MODELS)
    return [name for text in texts for name in re.findall(r"!\[[^]]*\]\((?:docs/)?([\w.]+)\)", text)]


def table(models: Iterable[Path]) -> str:
    """The figures of the models' cards as a Markdown table, a column a model."""
    cards = [read_card(path) for path in models]
    columns = [dict(_figures(card)) for card in cards]
    names = dict.fromkeys(name for column in columns for name in column)
    lines = ["| | " + " | ".join(f"`{card.name}`" for card in cards) + " |", "|---" * (1 + len(cards)) + "|"]
    lines += [f"| {name} | " + " | ".join(column.get(name, "–") for column in columns) + " |" for name in names]
    return "\n".join(lines) + "\n"


def _figures(card: ModelCard) -> Iterator[tuple[str, str]]:
    quality, where = card.quality, card.provenance
    if quality is None or quality.label_accuracy is None:
        raise SystemExit(f"{card.name} has not been measured: python -m trainer evaluate models/{card.name}.onnx")
    worst = min(quality.label_accuracy_by_label, key=lambda label: quality.label_accuracy_by_label[label])
    yield "codes", ", ".join(f"`{v.name}`" for v in card.latent if isinstance(v, Categorical | Continuous))
    yield "labels read in training", f"{where.labels_read:,} of {where.images:,}"
    if card.alignment:
        yield "labelled images that named the categories", f"{card.alignment.labelled_images:,}"
    yield "pictures read as the label asked for", f"{quality.label_accuracy:.2%} of {quality.samples:,}"
    yield "the worst label", f"{worst!r}, {quality.label_accuracy_by_label[worst]:.2%}"
    for code, control in quality.controls.items():
        spearman = control.spearman[control.factor]
        yield f"`{code}` follows", f"{control.factor}, Spearman {spearman:.2f} within a label"
    trained_on_real = f"{quality.classifier_accuracy:.2%}" if quality.classifier_accuracy else "–"
    if quality.gan_train_accuracy is None:
        yield "real pictures that the classifier reads, trained on real ones", trained_on_real
    else:
        both = f"{quality.gan_train_accuracy:.2%}, on real ones {trained_on_real}"
        yield "real pictures that a classifier trained on generated ones reads", both
    yield "Frechet distance", f"{quality.frechet_distance:.4f}, real against real {quality.frechet_floor:.4f}"


def streamed() -> str:
    """What was found of the best bundled model's samples as a Markdown table; nothing where nothing was."""
    best = MODELS[README][-1]
    rows = list(streams.rows(streams.load(best)))
    return _table(f"`{best.stem}`, streamed", rows) if rows else ""


def _table(title: str, rows: Iterable[tuple[str, str]]) -> str:
    lines = [f"| {title} | |", "|---|---|", *(f"| {name} | {figure} |" for name, figure in rows)]
    return "\n".join(lines) + "\n"


def readers() -> str:
    """What generated handwriting is worth to who trains on it, as far as that is recorded."""
    lines, digits = record.load(LinesRecord, RECORDS), record.load(DigitsRecord, RECORDS)
    return ocr.summary(lines, digits, RECORDS.relative_to(ROOT).as_posix())


def written(page: Path) -> str:
    """A page's text with its figures as they are now."""
    text = page.read_text("utf-8")
    for name, figures in (("card", table(MODELS[page])), ("streamed", streamed()), ("ocr", readers())):
        text = re.sub(rf"(<!-- {name} -->\n).*?(<!-- /{name} -->)", rf"\g<1>{figures}\g<2>", text, flags=re.DOTALL)
    return text


def main() -> None:
    """Ask the service for the pictures, and write the figures."""
    with serving() as server, TemporaryDirectory() as folder:
        ask(f"http://{server.host}:{server.port}", Path(folder))
        for name in shown():
            shutil.copy(Path(folder) / name, ROOT / "docs")
    for page in MODELS:
        page.write_text(written(page), "utf-8")


if __name__ == "__main__":
    main()
