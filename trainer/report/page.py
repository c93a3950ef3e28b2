"""The page of results: for each data set a table of systems, what they cost, and every run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import groupby

from trainer import data
from trainer.report import figures
from trainer.report.figures import Cell, of, percent, spread
from trainer.report.record import Record

Column = tuple[str, Cell]
Runs = Sequence[Record]

_QUALITY: tuple[Column, ...] = (
    ("read as asked", of("label_accuracy", form=percent)),
    ("worst label", figures.worst_label),
    ("GAN-train", of("gan_train_accuracy", form=percent)),
    ("Frechet distance", of("frechet_distance")),
    ("× floor", figures.over_floor),
    ("precision / recall", of("precision", "recall")),
    ("density / coverage", of("density", "coverage")),
    ("MS-SSIM", of("ms_ssim")),
    ("codes and what they follow", figures.controls),
    ("information, nats", figures.information),
    ("clustering accuracy / NMI / ARI", figures.clustering),
    ("MB", lambda runs: spread([run.file_bytes / 1e6 for run in runs], "{:.2f}")),
)
_COST: tuple[Column, ...] = (
    ("device", lambda runs: ", ".join(sorted({run.card.provenance.device for run in runs}))),
    ("labels read", lambda runs: spread([run.card.provenance.labels_read for run in runs], "{:.0f}")),
    ("kimg", lambda runs: spread([run.card.provenance.kimg for run in runs], "{:.0f}")),
    ("hours", lambda runs: spread([run.seconds / 3600 for run in runs], "{:.2f}")),
    ("images/s", lambda runs: spread([run.images_per_second for run in runs], "{:.0f}")),
)
_REAL: Mapping[str, Cell] = {
    "read as asked": of("classifier_accuracy", form=percent),
    "GAN-train": of("classifier_accuracy", form=percent),
    "Frechet distance": of("frechet_floor"),
    "× floor": lambda runs: "1",
    "MS-SSIM": of("ms_ssim_real"),
}

_HEAD = """\
# Results

Each generator is measured as it ships, as its `.onnx` file. This page is made by `python -m trainer report` from the
records in [results](results); a run is recorded, and its system's sheet drawn, by

```bash
python -m trainer train RECIPE --seed SEED
python -m trainer export RUN
python -m trainer evaluate RUN/DATASET-RECIPE.onnx --full
python -m trainer report RUN
```

No run that is recorded is left out. `±` is the standard deviation over seeds, where there are several; a dash stands
where a figure has no meaning for the system, or was not measured.

- **read as asked**: generated images that a classifier trained on real ones (the reader) reads as the label asked for.
- **GAN-train**: accuracy on real test images of the same classifier trained on generated images alone.
- **Frechet distance** to the real training images in the reader's features; the **floor** is that of real test images.
- **precision / recall, density / coverage**: five nearest neighbours in the reader's features.
- **MS-SSIM**: likeness of two images of a class. Above that of real images, the generator repeats itself.
- **codes**: the factor each continuous code follows, by Spearman's correlation within a label; **information**: the
  lower bound on what the images tell the encoder of each code.
- **clustering**: the encoder's categories against the labels of real test images.
- **MB**: a million bytes. **hours** of training, its start included; **images/s** shown to the discriminator, median.
"""


_SYSTEM: Column = ("system", lambda runs: runs[0].card.system)
_SEEDS: Column = ("seeds", lambda runs: str(len(runs)))
_SEED: Column = ("seed", lambda runs: str(runs[0].card.provenance.seed))


def page(records: Runs, sheets: Mapping[str, str]) -> str:
    """Markdown of all `records`; `sheets` are the pictures there are, by `Record.group`."""
    known = list(data.SOURCES)
    names = {run.card.provenance.dataset for run in records}
    order = sorted(names, key=lambda name: (known.index(name) if name in known else len(known), name))
    found = [_dataset(name, [run for run in records if run.card.provenance.dataset == name], sheets) for name in order]
    versions = sorted({made for run in records for made in run.card.provenance.versions.items()})
    made_with = ", ".join(f"{package} {version}" for package, version in versions)
    return "\n".join([_HEAD, *found, f"Made with {made_with}.\n"])


def _dataset(name: str, records: Runs, sheets: Mapping[str, str]) -> str:
    runs = sorted(records, key=lambda run: (run.card.system, run.card.provenance.seed))
    systems = [list(group) for _, group in groupby(runs, lambda run: run.card.system)]
    samples = " or ".join(sorted({f"{run.quality.samples:,}" for run in runs}))
    pictured: Column = ("system", lambda runs: _pictured(runs, sheets))
    real = ["*real images*", "", *(_REAL[title](runs) if title in _REAL else "" for title, _ in _QUALITY)]
    return "\n".join(
        [
            f"## {name}\n\nMeasured on {samples} images. The rows of a picture are the labels, where there are any.\n",
            _table((pictured, _SEEDS, *_QUALITY), systems, real),
            "### What it cost\n",
            _table((_SYSTEM, _SEEDS, *_COST), systems),
            "### Every run\n",
            _table((_SYSTEM, _SEED, *_QUALITY, *_COST), [[run] for run in runs]),
        ]
    )


def _table(columns: Sequence[Column], groups: Sequence[Runs], first: Sequence[str] = ()) -> str:
    """A row for each group of runs, after the row `first` where one is given."""
    body = [[cell(group).replace("|", "\\|") for _, cell in columns] for group in groups]
    rows = [[title for title, _ in columns], ["---"] * len(columns), *([first] if first else []), *body]
    return "\n".join([*(f"| {' | '.join(row)} |" for row in rows), ""])


def _pictured(runs: Runs, sheets: Mapping[str, str]) -> str:
    name, group = runs[0].card.system, runs[0].group
    return f'{name}<br><img src="{sheets[group]}" width="145" alt="{group}">' if group in sheets else name
