"""Reading codes off features: the Q of InfoGAN."""

from __future__ import annotations

from collections.abc import Sequence

from pydantic import BaseModel, ConfigDict
from torch import Tensor, nn

from latent.spec import Categorical, LatentSpec

Reading = dict[str, Tensor]
"""By variable: a categorical's logits `(n, size)`; what `gaussian` takes of a continuous one, `(n, 2)`."""


def gaussian(read: Tensor) -> tuple[Tensor, Tensor]:
    """Mean and log variance `(n, 1)` of a continuous code's reading `(n, 2)`.

    The log variance is bounded: a code read too well must not blow up the weight of its last digits.
    """
    mean, log_variance = read.chunk(2, 1)
    return mean, log_variance.clamp(-7.0, 3.0)


class CodeHeadConfig(BaseModel):
    """A hidden layer of `hidden` units on the discriminator's features (Chen et al. 2016, appendix C.1)."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    codes: tuple[str, ...]
    hidden: int = 128


class CodeHead(nn.Module):
    """Features `(n, features)` -> `Reading` of the codes it is told to read.

    Raises:
        ValueError: a code that the latent does not have, or that is noise.
    """

    def __init__(self, codes: Sequence[str], spec: LatentSpec, features: int, hidden: int = 0) -> None:
        super().__init__()
        known = {variable.name: variable for variable in spec.codes}
        if unknown := [name for name in codes if name not in known]:
            raise ValueError(f"cannot read {unknown}: the latent's codes are {list(known)}")
        self.trunk = (
            nn.Sequential(nn.Linear(features, hidden), nn.LayerNorm(hidden), nn.LeakyReLU(0.1))
            if hidden
            else nn.Identity()
        )
        widths = {name: v.size if isinstance(v := known[name], Categorical) else 2 for name in codes}
        self.heads = nn.ModuleDict({name: nn.Linear(hidden or features, width) for name, width in widths.items()})

    def forward(self, features: Tensor) -> Reading:
        features = self.trunk(features)
        return {name: head(features).float() for name, head in self.heads.items()}
