"""The base class of all pretraining methods."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping

from pydantic import BaseModel, ConfigDict
from torch import Tensor, nn

from latent.spec import LatentSpec
from trainer.data.labelled_subset import LabelledSubset


class BasePretraining(BaseModel, ABC):
    """A method that trains some of the networks on real images before the GAN."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: str

    @property
    @abstractmethod
    def trains(self) -> tuple[str, ...]:
        """The networks that this method trains, by role; weights of another run can stand in for it."""

    def check(self, networks: Mapping[str, BaseModel | None], spec: LatentSpec) -> None:
        """Check that the recipe's networks, given by role, and its latent are what this method needs.

        Raises:
            ValueError: a network is missing, lacks a part or does not fit the latent; the message names it.
        """

    @abstractmethod
    def __call__(
        self,
        networks: nn.ModuleDict,
        spec: LatentSpec,
        images: Tensor,
        labels: LabelledSubset | None,
        seed: int,
        log: Callable[[str], None],
    ) -> None:
        """Train `networks` in place on `images`, uint8 `(n, C, H, W)` on their device.

        `labels` are those that the run may read, if any. `log` is called with lines about the progress.
        """
