"""From a run's checkpoint to the file that ships: averaged, aligned, described, exported."""

from __future__ import annotations

from pathlib import Path

from latent.card import Alignment, ModelCard
from latent.spec import Categorical, LatentSpec
from trainer import align, checkpoint
from trainer.data import Dataset
from trainer.export import calibrated, export
from trainer.networks.generator import Generator
from trainer.training import Training

_SAMPLES = 200  # a label: a sign and an order need far fewer than a figure does


def release(run: Path, path: Path | None, data_root: Path, device: torch.device) -> ModelCard:
    """Export the run in folder `run` as `path`, and return its card.

    An unsupervised run's categories are named here, by at most 1,000 labelled images, and its continuous codes put
    in the order of the factors they move, each rising with its factor.

    Raises:
        CheckpointError: no checkpoint in `run`.
        ParityError: ONNX Runtime does not draw what torch draws.
    """
    training = checkpoint.load(run / checkpoint.FILE, dataset.images)
    spec = training.recipe.latent
    generator = calibrated(training.ema.network, spec)
    category = next((v for v in spec if isinstance(v, Categorical)), None)
    alignment = None
    if category is not None and category.size == len(dataset.label_names):
        spec, alignment = _name_categories(training, generator, dataset, category.name)
    _orient(generator, spec)
    card = ModelCard(
        name=name,
        system=training.recipe.system,
        latent=spec,
        image=training.shape,
        provenance=_provenance(training, dataset),
        alignment=alignment,
    )
    export(path, generator, card)
    return card


def _name_categories(
    training: Training, generator: Generator, dataset: Dataset, code: str
) -> tuple[LatentSpec, Alignment]:
    images, labels = align.pick(dataset, training.seed)
    categories = align.read_category(training.networks, code, images.to(training.device))
    order, alignment = align.assign(categories, labels, dataset.label_names)
    align.fold_order(generator.first, training.recipe.latent, code, order)
    return align.named(training.recipe.latent, code, dataset.label_names), alignment


def _orient(generator: Generator, spec: LatentSpec) -> None:
    device = next(generator.parameters()).device

    @torch.no_grad()
    def draw(latents: Latents) -> NDArray[np.uint8]:
        return to_uint8(generator(torch.from_numpy(latents).to(device))).cpu().numpy()

    align.fold_continuous(generator.first, spec, align.orientation(spec, controls(draw, spec, _SAMPLES)))


def _provenance(training: Training, dataset: Dataset) -> Provenance:
    return Provenance(
        recipe=training.recipe.system,
        dataset=dataset.name,
        images=len(dataset),
        labels_read=0,
        seed=training.seed,
        kimg=training.kimg,
        device=torch.cuda.get_device_name(training.device) if training.device.type == "cuda" else "cpu",
        versions={"python": platform.python_version()}
        | {name: metadata.version(name) for name in ("inkcode", "torch")},
        created=datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
    )
