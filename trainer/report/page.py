"""The page of results: for each data set, a table of the systems, one of their cost, and one of all runs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import groupby

from trainer import data
from trainer.config import recipe
from trainer.report import cells
from trainer.report.cells import Cell, mean_and_deviation, percent, quality_fields, same, same_percent
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
    ("labels read in training", lambda runs: same([run.card.provenance.labels_read for run in runs], "{:.0f}")),
    ("labels read to align", cells.alignment_labels),
    ("kimg", lambda runs: mean_and_deviation([run.card.provenance.kimg for run in runs], "{:.0f}")),
    ("hours", lambda runs: mean_and_deviation([run.seconds / 3600 for run in runs], "{:.2f}")),
    ("images/s", lambda runs: mean_and_deviation([run.images_per_second for run in runs], "{:.0f}")),
)
_REAL: Mapping[str, Cell] = {
    "label accuracy": quality_fields("classifier_accuracy", form=same_percent),
    "GAN-train": quality_fields("classifier_accuracy", form=same_percent),
    "Frechet distance": quality_fields("frechet_floor", form=same),
    "× floor": lambda runs: "1",
    "precision / recall": quality_fields("precision_real", "recall_real", form=same),
    "density / coverage": quality_fields("density_real", "coverage_real", form=same),
    "MS-SSIM": quality_fields("ms_ssim_real", form=same),
}

_HEAD = """\
# Results

Each generator is measured on its exported `.onnx` file. This page is written by `python -m trainer report` from the
records in [results](results). These commands record a run and draw the snapshot of its system:

```bash
python -m trainer train RECIPE --seed SEED
python -m trainer export RUN
python -m trainer evaluate RUN/DATASET-RECIPE.onnx --full --split test
python -m trainer report RUN
```

All recorded runs are shown. `±` is the standard deviation over seeds, where there are several; a dash means that the
figure is not defined for the system, or was not measured.

The training images are divided at random: 7/12 train the judge, a classifier; 1/12, the validation images, choose the
epoch of it that is kept; 1/6 are the reference and 1/6 the comparison. The generators were trained on all training
images, and the judge takes no part in that. The test images are only read for the figures on this page. The judge's
digest is the name of its table: figures of different machines can be compared where it is the same.

- **label accuracy**: generated images to which the judge assigns the intended label; of real images: test images that
  get their label.
- **GAN-train**: accuracy on real test images of a classifier like the judge, trained on as many generated images.
- **Frechet distance** of generated images to the reference in the judge's features; the **floor** is that of the
  comparison, with the same number of images on both sides. The judge has seen neither; the generators were trained on
  both, so a generator can be nearer to the reference than the floor.
- **precision / recall, density / coverage** of generated images and the reference, by the five nearest neighbours in
  the judge's features; in the row of real images, those of the comparison and the reference.
- **MS-SSIM**: similarity of two images of a class. If it is above that of real images, the generator lacks diversity.
- **codes**: the factor that each continuous code controls, by Spearman's correlation within a label; **information**:
  the lower bound of the mutual information between each code and the images, by the encoder.
- **clustering**: the encoder's categories of real test images, compared with their labels.
- **MB**: a million bytes. **hours** of training, including the pretraining; **images/s**: real images shown to the
  discriminator, median.
- **labels read in training** and **to align**: labelled images by which the network is trained, and by which the
  categories of an unsupervised run are matched to labels after it. The designs and thresholds of unsupervised recipes
  were chosen with access to labels too.
"""

_EARLIER = """\
Figures by the **earlier judge** cannot be compared with those of another. It was trained on all training images. Its
accuracy, GAN-train (of 60,000 generated images) and clustering were measured on test images that had been looked at
while recipes were tuned. Its floor is the distance of the training images, which it had seen, from the test images,
which it had not: it contains the difference between seen and unseen images. Precision, recall, density and coverage of
real images were not measured. Runs that are in its table only have not been measured again, because their `.onnx` files
are not in the repository or their data were not at hand. Information and clustering do not depend on the judge; for a
run that was measured again without its encoder's file, they are those of the earlier measurement.
"""


_SYSTEM: Column = ("system", lambda runs: runs[0].card.system)
_SEEDS: Column = ("seeds", lambda runs: str(len(runs)))
_SEED: Column = ("seed", lambda runs: str(runs[0].card.provenance.seed))
_JUDGE: Column = ("judge", lambda runs: f"`{digest[:12]}`" if (digest := runs[0].quality.judge_sha256) else "earlier")


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
    systems = sorted({run.card.system for run in records} & set(recipe.names()))
    methods = [f"**{name}.** {recipe.description(name)}\n" for name in systems]
    earlier = any(entry.quality.judge_sha256 is None for run in records for entry in run.by_judge())
    return "\n".join(
        [
            _HEAD,
            *([_EARLIER] if earlier else []),
            *found,
            *(["## Systems\n", *methods] if methods else []),
            f"Made with {made_with}.\n",
        ]
    )


def _dataset(name: str, records: Runs, snapshots: Mapping[str, str]) -> str:
    runs = sorted(records, key=lambda run: (run.card.system, run.card.provenance.seed))
    measured = [entry for run in runs for entry in run.by_judge()]
    judges = sorted({entry.quality.judge_sha256 or "" for entry in measured}, reverse=True)  # the earlier one is last
    of_judge = {judge: [entry for entry in measured if (entry.quality.judge_sha256 or "") == judge] for judge in judges}
    return "\n".join(
        [
            f"## {name}\n\nThe rows of a picture are the labels, where there are any.\n",
            *(_judge(judge, entries, snapshots) for judge, entries in of_judge.items()),
            "### Cost\n",
            _table((_SYSTEM, _SEEDS, *_COST), _systems(runs)),
            "### All runs\n",
            _table(
                (_SYSTEM, _SEED, _JUDGE, *_QUALITY, *_COST),
                [[entry] for entries in of_judge.values() for entry in entries],
            ),
        ]
    )


def _judge(judge: str, runs: Runs, snapshots: Mapping[str, str]) -> str:
    """The table of the runs that one judge has measured; `judge` is its digest, or empty for the earlier one."""
    samples = " or ".join(sorted({f"{run.quality.samples:,}" for run in runs}))
    compared = " or ".join(sorted({f"{run.quality.compared:,}" for run in runs if run.quality.compared}))
    measured = f"Measured on {samples} images" + (f", and {compared} on either side of distances" if compared else "")
    system: Column = ("system", lambda runs: _system_with_snapshot(runs, snapshots))
    real = ["*real images*", "", *(_REAL[title](runs) if title in _REAL else "" for title, _ in _QUALITY)]
    title = f"### Judge `{judge[:12]}`\n" if judge else "### Earlier judge\n"
    return "\n".join([title, f"{measured}.\n", _table((system, _SEEDS, *_QUALITY), _systems(runs), real)])


def _systems(runs: Runs) -> list[Runs]:
    return [list(group) for _, group in groupby(runs, lambda run: run.card.system)]


def _table(columns: Sequence[Column], groups: Sequence[Runs], first: Sequence[str] = ()) -> str:
    """A row for each group of runs, below the row `first` if that is given."""
    body = [[cell(group).replace("|", "\\|") for _, cell in columns] for group in groups]
    rows = [[title for title, _ in columns], ["---"] * len(columns), *([first] if first else []), *body]
    return "\n".join([*(f"| {' | '.join(row)} |" for row in rows), ""])


def _system_with_snapshot(runs: Runs, snapshots: Mapping[str, str]) -> str:
    name, group = runs[0].card.system, runs[0].group
    return f'{name}<br><img src="{snapshots[group]}" width="145" alt="{group}">' if group in snapshots else name
