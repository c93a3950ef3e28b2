"""Make the README's pictures and its figures anew: `python -m docs.update`.

The pictures are what the README's own examples answer, asked of the service; the figures are the bundled card's, and
those that `make proof` and `python -m examples.ocr` have recorded.
"""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Iterable
from pathlib import Path
from tempfile import TemporaryDirectory

import onnxruntime

from benchmarks.proof import record as streams
from benchmarks.serving import serving
from examples.ocr import page, record
from examples.ocr.record import DigitsRecord, LinesRecord
from latent import ModelCard
from latent.spec import Categorical, Continuous

ROOT = Path(__file__).parent.parent
README = ROOT / "README.md"
MODEL = ROOT / "models" / "mnist-infogan.onnx"
RECORDS = ROOT / "examples" / "ocr" / "results"
ADDRESS = "http://127.0.0.1:8000"


def snippets(language: str, mentioning: str = "", page: Path = README) -> list[str]:
    """The code blocks of the README, or another page, in `language` that mention `mentioning`, in order."""
    blocks = re.findall(rf"^```{language}\n(.*?)^```", page.read_text("utf-8"), re.DOTALL | re.MULTILINE)
    return [block for block in blocks if mentioning in block]


def ask(address: str, folder: Path) -> None:
    """Run the README's curl examples in `folder` against the service at `address`."""
    for snippet in snippets("bash", "curl"):
        script = "set -euo pipefail\n" + snippet.replace(ADDRESS, address)
        subprocess.run(["bash", "-c", script], cwd=folder, check=True)


def shown() -> list[str]:
    """The pictures the README shows, by their names in `docs`."""
    return re.findall(r"!\[[^]]*\]\(docs/([\w.]+)\)", README.read_text("utf-8"))


def table() -> str:
    """The bundled card's figures as a Markdown table."""
    session = onnxruntime.InferenceSession(MODEL, providers=["CPUExecutionProvider"])
    card = ModelCard.from_metadata(session.get_modelmeta().custom_metadata_map)
    quality, where = card.quality, card.provenance
    if quality is None or quality.label_accuracy is None:
        raise SystemExit(f"{MODEL.name} has not been measured: python -m trainer evaluate {MODEL.relative_to(ROOT)}")
    worst = min(quality.label_accuracy_by_label, key=lambda label: quality.label_accuracy_by_label[label])
    rows = [
        ("digits read as the label asked for", f"{quality.label_accuracy:.2%} of {quality.samples:,}"),
        ("the worst label", f"{worst!r}, {quality.label_accuracy_by_label[worst]:.2%}"),
        *(
            (f"`{code}` follows", f"{control.factor}, Spearman {control.spearman[control.factor]:.2f} within a label")
            for code, control in quality.controls.items()
        ),
        ("Frechet distance", f"{quality.frechet_distance:.3f}, real against real {quality.frechet_floor:.3f}"),
        ("labels read in training", f"{where.labels_read} of {where.images:,}"),
        ("labelled images that named the categories", f"{card.alignment.labelled_images if card.alignment else 0}"),
    ]
    layout = ", ".join(f"`{v.name}`" for v in card.latent if isinstance(v, Categorical | Continuous))
    return _table(f"`{card.name}` ({layout})", rows)


def streamed() -> str:
    """What was found of the bundled model's samples as a Markdown table; nothing where nothing was."""
    rows = list(streams.rows(streams.load(MODEL)))
    return _table(f"`{MODEL.stem}`, streamed", rows) if rows else ""


def _table(title: str, rows: Iterable[tuple[str, str]]) -> str:
    lines = [f"| {title} | |", "|---|---|", *(f"| {name} | {figure} |" for name, figure in rows)]
    return "\n".join(lines) + "\n"


def readers() -> str:
    """What generated handwriting is worth to who trains on it, as far as that is recorded."""
    lines, digits = record.load(LinesRecord, RECORDS), record.load(DigitsRecord, RECORDS)
    return page.summary(lines, digits, RECORDS.relative_to(ROOT).as_posix())


def written(text: str) -> str:
    """The README's text with its figures as they are now."""
    for name, figures in (("card", table()), ("streamed", streamed()), ("ocr", readers())):
        text = re.sub(rf"(<!-- {name} -->\n).*?(<!-- /{name} -->)", rf"\g<1>{figures}\g<2>", text, flags=re.DOTALL)
    return text


def main() -> None:
    """Ask the service for the pictures, and write the figures."""
    with serving() as server, TemporaryDirectory() as folder:
        ask(f"http://{server.host}:{server.port}", Path(folder))
        for name in shown():
            shutil.copy(Path(folder) / name, ROOT / "docs")
    README.write_text(written(README.read_text("utf-8")), "utf-8")


if __name__ == "__main__":
    main()
