"""Pretraining of the encoder by clustering the real images without labels: invariant information clustering."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping
from typing import Literal, cast

import numpy as np
import torch
from pydantic import BaseModel, Field
from torch import Tensor, nn
from torch.nn import functional as F

from latent.spec import LatentSpec
from trainer.data.augmentation import RandomAffine
from trainer.data.label_assignment import assign_clusters
from trainer.data.labelled_subset import LabelledSubset
from trainer.data.sampler import BatchSampler, to_float
from trainer.losses.invariance import invariant_information, mutual_information
from trainer.networks.encoder import Encoder, EncoderConfig, EncoderOutput
from trainer.networks.layers import to_device
from trainer.pretraining.base import BasePretraining
from trainer.pretraining.information_bottleneck import agglomerate
from trainer.runtime.amp import autocast

_CHUNK = 1000  # images per forward pass without gradients


class InvariantInformationClustering(BasePretraining):
    """Clusters the real images several times and keeps the encoder whose categories carry most information.

    Invariant information clustering (Ji et al. 2019) finds many fine clusters that are nearly pure; into only ten it
    often merges two digits and splits a third. So each restart learns the overclusters for `kimg`, merges them into
    categories by the agglomerative information bottleneck, and distils these into the category head for
    `distill_kimg`. Restarts are compared by the mutual information, in nats, between two augmentations of `held_out`
    training images that they were not trained on; the first that reaches `stop_at_nats` is the last. No label is read,
    except that labels which the run reads anyway name the merged categories.
    """

    kind: Literal["invariant-information-clustering"]
    restarts: int = Field(ge=1)
    stop_at_nats: float | None = None
    kimg: float = Field(gt=0)
    distill_kimg: float = Field(gt=0)
    batch: int = Field(500, ge=2)
    learning_rate: float = Field(2e-3, gt=0, description="The peak of the one-cycle schedule.")
    held_out: int = Field(5000, ge=2)
    code: str = "c1"
    augment: RandomAffine

    @property
    def trains(self) -> tuple[str, ...]:
        """See `BasePretraining.trains`."""
        return ("encoder",)

    def check(self, networks: Mapping[str, BaseModel | None], spec: LatentSpec) -> None:
        """See `BasePretraining.check`."""
        encoder = networks.get("encoder")
        if not (isinstance(encoder, EncoderConfig) and encoder.overclusters):
            raise ValueError("pretraining: needs [networks.encoder] with overclusters to make categories of")
        if self.code in spec and encoder.overclusters < spec[self.code].width:
            raise ValueError(
                f"networks.encoder.overclusters: {encoder.overclusters} clusters cannot be merged into the "
                f"{spec[self.code].width} values of {self.code}"
            )

    def __call__(
        self,
        networks: nn.ModuleDict,
        spec: LatentSpec,
        images: Tensor,
        labels: LabelledSubset | None,
        seed: int,
        log: Callable[[str], None],
    ) -> None:
        """See `BasePretraining.__call__`."""
        encoder = cast(Encoder, networks["encoder"])
        train, held_out = images[: -self.held_out], images[-self.held_out :]
        best, best_information = encoder, -np.inf
        for number in range(self.restarts):
            candidate = to_device(encoder.reinitialised(), images.device)
            self._train(candidate, BatchSampler(train, self.batch, seed + number), held_out, labels, spec)
            information = self.information(candidate, held_out)
            log(f"pretraining {number + 1}/{self.restarts}: {information:.3f} nats on held-out images")
            if information > best_information:
                best, best_information = candidate, information
            if self.stop_at_nats is not None and information >= self.stop_at_nats:
                break
        # Copied into the existing network, because the optimisers of the phases hold its parameters.
        encoder.load_state_dict(best.state_dict())

    def information(self, encoder: Encoder, images: Tensor) -> float:
        """Mutual information in nats between the categories of two augmentations of `images`, uint8 `(n, C, H, W)`."""
        one, other = (self._predict(encoder, images)[0] for _ in range(2))
        return mutual_information(one, other).item()

    def _train(
        self,
        encoder: Encoder,
        batches: BatchSampler,
        held_out: Tensor,
        labels: LabelledSubset | None,
        spec: LatentSpec,
    ) -> None:
        self._cluster(encoder, batches)
        categories = self._merge(encoder, held_out, spec[self.code].width)
        if labels:
            categories = self._order_by_label(encoder, categories, labels)
        self._distill(encoder, batches, categories)

    def _cluster(self, encoder: Encoder, batches: BatchSampler) -> None:
        """Train both heads to maximise the mutual information between two augmentations of an image."""

        def loss(step: int) -> Tensor:
            real = batches[step]
            one, other = (_encode(encoder, self.augment(real)) for _ in range(2))
            return -invariant_information(one, other, self.code)

        self._minimise(encoder, self.kimg, loss)

    def _merge(self, encoder: Encoder, images: Tensor, categories: int) -> Tensor:
        """The category of each overcluster, int64 `(overclusters,)`."""
        one, other = (self._predict(encoder, images)[1].softmax(1).double() for _ in range(2))
        joint = one.T @ other
        merged = agglomerate((joint + joint.T).cpu().numpy(), categories)
        return torch.from_numpy(merged).to(images.device)

    def _order_by_label(self, encoder: Encoder, categories: Tensor, labels: LabelledSubset) -> Tensor:
        """The same categories, renumbered so that each has the number of the label that it is assigned to."""
        predicted = categories[self._predict(encoder, labels.images)[1].argmax(1)]
        order, _ = assign_clusters(predicted.cpu().numpy(), labels.labels.cpu().numpy(), int(categories.max()) + 1)
        return torch.from_numpy(np.argsort(order)).to(categories.device)[categories]

    def _distill(self, encoder: Encoder, batches: BatchSampler, categories: Tensor) -> None:
        """Train the category head to predict the category of the overcluster that a frozen copy predicts."""
        teacher = copy.deepcopy(encoder).eval()

        def loss(step: int) -> Tensor:
            real = batches[step]
            with torch.no_grad():
                target = categories[_overclusters(_encode(teacher, real)).argmax(1)]
            return F.cross_entropy(_encode(encoder, self.augment(real)).codes[self.code], target)

        self._minimise(encoder, self.distill_kimg, loss)

    def _minimise(self, encoder: Encoder, kimg: float, loss: Callable[[int], Tensor]) -> None:
        """Adam on the encoder for `kimg`, with a one-cycle schedule of the learning rate (Smith and Topin 2019)."""
        steps = max(1, round(kimg * 1000 / self.batch))
        optimiser = torch.optim.Adam(encoder.parameters(), self.learning_rate, fused=True)
        schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, self.learning_rate, total_steps=steps + 1)
        for step in range(steps):
            optimiser.zero_grad(set_to_none=True)
            loss(step).backward()
            optimiser.step()
            schedule.step()

    @torch.no_grad()
    def _predict(self, encoder: Encoder, images: Tensor) -> tuple[Tensor, Tensor]:
        """Logits of the categories and of the overclusters for augmented `images`, uint8 `(n, C, H, W)`."""
        encoder.eval()
        outputs = [_encode(encoder, self.augment(to_float(chunk))) for chunk in images.split(_CHUNK)]
        encoder.train()
        codes = torch.cat([output.codes[self.code] for output in outputs])
        return codes, torch.cat([_overclusters(output) for output in outputs])


def _encode(encoder: Encoder, images: Tensor) -> EncoderOutput:
    with autocast(images.device):
        output: EncoderOutput = encoder(images)
    return output


def _overclusters(output: EncoderOutput) -> Tensor:
    return cast(Tensor, output.overclusters)
