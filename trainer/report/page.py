"""The page of results: for each data set, a table of the systems, one of their cost, and one of all runs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import groupby

from trainer import data
from trainer.report import cells
from trainer.report.cells import Cell, mean_and_deviation, percent, quality_fields
from trainer.report.record import Record

Column = tuple[str, Cell]
Runs = Sequence[Record]

_QUALITY: tuple[Column, ...] = (
    ("label accuracy", quality_fields("label_accuracy", form=percent)),
    ("worst label", cells.worst_label),
    ("GAN-train", quality_fields("gan_train_accuracy", form=percent)),
    ("Frechet distance", quality_fields("frechet_distance")),
    ("× floor", cells.times_floor),
    ("precision / recall", quality_fields("precision", "recall")),
    ("density / coverage", quality_fields("density", "coverage")),
    ("MS-SSIM", quality_fields("ms_ssim")),
    ("codes and their factors", cells.controls),
    ("information, nats", cells.information),
    ("clustering accuracy / NMI / ARI", cells.clustering),
    ("MB", lambda runs: mean_and_deviation([run.file_bytes / 1e6 for run in runs], "{:.2f}")),
)
_COST: tuple[Column, ...] = (
    ("device", lambda runs: ", ".join(sorted({run.card.provenance.device for run in runs}))),
    ("labels read", lambda runs: mean_and_deviation([run.card.provenance.labels_read for run in runs], "{:.0f}")),
    ("kimg", lambda runs: mean_and_deviation([run.card.provenance.kimg for run in runs], "{:.0f}")),
    ("hours", lambda runs: mean_and_deviation([run.seconds / 3600 for run in runs], "{:.2f}")),
    ("images/s", lambda runs: mean_and_deviation([run.images_per_second for run in runs], "{:.0f}")),
)
_REAL: Mapping[str, Cell] = {
    "label accuracy": quality_fields("classifier_accuracy", form=percent),
    "GAN-train": quality_fields("classifier_accuracy", form=percent),
    "Frechet distance": quality_fields("frechet_floor"),
    "× floor": lambda runs: "1",
    "MS-SSIM": quality_fields("ms_ssim_real"),
}

_HEAD = """\
# Results

Each generator is measured on its exported `.onnx` file. This page is written by `python -m trainer report` from the
records in [results](results). These commands record a run and draw the snapshot of its system:

```bash
python -m trainer train RECIPE --seed SEED
python -m trainer export RUN
python -m trainer evaluate RUN/DATASET-RECIPE.onnx --full
python -m trainer report RUN
```

All recorded runs are shown. `±` is the standard deviation over seeds, where there are several; a dash means that the
figure is not defined for the system, or was not measured.

- **label accuracy**: generated images to which a classifier trained on real images assigns the intended label.
- **GAN-train**: accuracy on real test images of the same classifier trained on generated images only.
- **Frechet distance** to the real training images in the classifier's features; the **floor** is that of real test
  images.
- **precision / recall, density / coverage**: by the five nearest neighbours in the classifier's features.
- **MS-SSIM**: similarity of two images of a class. If it is above that of real images, the generator lacks diversity.
- **codes**: the factor that each continuous code controls, by Spearman's correlation within a label; **information**:
  the lower bound of the mutual information between each code and the images, by the encoder.
- **clustering**: the encoder's categories of real test images, compared with their labels.
- **MB**: a million bytes. **hours** of training, including the pretraining; **images/s**: real images shown to the
  discriminator, median.
"""


_SYSTEM: Column = ("system", lambda runs: runs[0].card.system)
_SEEDS: Column = ("seeds", lambda runs: str(len(runs)))
_SEED: Column = ("seed", lambda runs: str(runs[0].card.provenance.seed))


def render_page(records: Runs, snapshots: Mapping[str, str]) -> str:
    """Markdown of all `records`; `snapshots` maps `Record.group` to the path of its picture, where there is one."""
    known = list(data.SOURCES)
    names = {run.card.provenance.dataset for run in records}
    order = sorted(names, key=lambda name: (known.index(name) if name in known else len(known), name))
    found = [
        _dataset(name, [run for run in records if run.card.provenance.dataset == name], snapshots) for name in order
    ]
    versions = sorted({made for run in records for made in run.card.provenance.versions.items()})
    made_with = ", ".join(f"{package} {version}" for package, version in versions)
    return "\n".join([_HEAD, *found, f"Made with {made_with}.\n"])


def _dataset(name: str, records: Runs, snapshots: Mapping[str, str]) -> str:
    runs = sorted(records, key=lambda run: (run.card.system, run.card.provenance.seed))
    systems = [list(group) for _, group in groupby(runs, lambda run: run.card.system)]
    samples = " or ".join(sorted({f"{run.quality.samples:,}" for run in runs}))
    system: Column = ("system", lambda runs: _system_with_snapshot(runs, snapshots))
    real = ["*real images*", "", *(_REAL[title](runs) if title in _REAL else "" for title, _ in _QUALITY)]
    return "\n".join(
        [
            f"## {name}\n\nMeasured on {samples} images. The rows of a picture are the labels, where there are any.\n",
            _table((system, _SEEDS, *_QUALITY), systems, real),
            "### Cost\n",
            _table((_SYSTEM, _SEEDS, *_COST), systems),
            "### All runs\n",
            _table((_SYSTEM, _SEED, *_QUALITY, *_COST), [[run] for run in runs]),
        ]
    )


def _table(columns: Sequence[Column], groups: Sequence[Runs], first: Sequence[str] = ()) -> str:
    """A row for each group of runs, below the row `first` if that is given."""
    body = [[cell(group).replace("|", "\\|") for _, cell in columns] for group in groups]
    rows = [[title for title, _ in columns], ["---"] * len(columns), *([first] if first else []), *body]
    return "\n".join([*(f"| {' | '.join(row)} |" for row in rows), ""])


def _system_with_snapshot(runs: Runs, snapshots: Mapping[str, str]) -> str:
    name, group = runs[0].card.system, runs[0].group
    return f'{name}<br><img src="{snapshots[group]}" width="145" alt="{group}">' if group in snapshots else name
