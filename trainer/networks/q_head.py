"""The Q head: predicts the latent codes of an image from features (Chen et al. 2016)."""

from __future__ import annotations

from collections.abc import Sequence

from pydantic import BaseModel, ConfigDict
from torch import Tensor, nn

from latent.spec import Categorical, LatentSpec

CodePrediction = dict[str, Tensor]
"""The parameters of Q(code | image), by code: the logits `(n, size)` of a categorical one; of a continuous one or of a
style, which have `width` numbers, the `(n, 2 * width)` that `gaussian_parameters` takes."""


def gaussian_parameters(prediction: Tensor) -> tuple[Tensor, Tensor]:
    """Mean and log variance, `(n, width)` each, of the prediction `(n, 2 * width)` of a continuous code or a style.

    The log variance is clamped to [-7, 3]. Without the lower bound, a code that is predicted almost exactly would get
    an arbitrarily large weight in the loss.
    """
    mean, log_variance = prediction.chunk(2, 1)
    return mean, log_variance.clamp(-7.0, 3.0)


class QHeadConfig(BaseModel):
    """A Q head on the discriminator's features, with one hidden layer (Chen et al. 2016, appendix C.1)."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    codes: tuple[str, ...]
    hidden: int = 128


class QHead(nn.Module):
    """Features `(n, features)` -> `CodePrediction` of `codes`; without a hidden layer where `hidden` is 0.

    Raises:
        ValueError: the latent has no such code, or it is noise other than the style.
    """

    def __init__(self, codes: Sequence[str], spec: LatentSpec, features: int, hidden: int = 0) -> None:
        super().__init__()
        known = {variable.name: variable for variable in spec.readable}
        if unknown := [name for name in codes if name not in known]:
            raise ValueError(f"cannot read {unknown}: the latent's codes are {list(known)}")
        self.trunk = (
            nn.Sequential(nn.Linear(features, hidden), nn.LayerNorm(hidden), nn.LeakyReLU(0.1))
            if hidden
            else nn.Identity()
        )
        widths = {name: known[name].width * (1 if isinstance(known[name], Categorical) else 2) for name in codes}
        self.heads = nn.ModuleDict({name: nn.Linear(hidden or features, width) for name, width in widths.items()})

    def forward(self, features: Tensor) -> CodePrediction:
        features = self.trunk(features)
        return {name: head(features).float() for name, head in self.heads.items()}
