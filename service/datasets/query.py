"""What a data set is asked to be: the parameters that its index and every shard of it share."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import urlencode

from pydantic import BaseModel, ConfigDict, Field

from latent.philox import MAX_SEED
from latent.spec import NOISE_LIMIT

MAX_SAMPLES = 10**9


class Query(BaseModel):
    """A data set. Further parameters are codes: a value to hold, `c3=0.5`, or a range to draw from, `c2=-1..1`."""

    model_config = ConfigDict(frozen=True, extra="allow", allow_inf_nan=False)

    n: int = Field(60_000, ge=1, le=MAX_SAMPLES, description="Samples of the whole set.")
    seed: Annotated[int, Field(ge=0, le=MAX_SEED)] = 0
    size: int = Field(1000, ge=1, description="Samples a shard.")
    labels: str | None = Field(None, min_length=1, description="Labels to draw, comma by comma; left out, all.")
    balance: str = Field(
        "uniform",
        description=(
            "`uniform`: every label as often as any other, exactly; `7:2,1:0.5`: by these weights; `corpus:31415`: as "
            "often as in this text."
        ),
    )
    truncation: float | None = Field(
        None, gt=0, le=NOISE_LIMIT, description="Bound of the noise in standard deviations."
    )
    height: int | None = Field(None, ge=4, le=1024, description="Pixels of a picture's height; left out, the model's.")
    scale: int | None = Field(None, ge=1, le=16, description="Pixels an image's pixel takes, each way; or `height`.")
    invert: bool = Field(False, description="Dark ink on light paper.")
    min_confidence: float | None = Field(
        None,
        ge=0,
        le=0.999,
        description=(
            "The verifier's least probability of the label: what reads otherwise is drawn again. Left out, 0.5 where "
            "the model has a verifier; 0 reads nothing."
        ),
    )
    verifier: str | None = Field(
        None,
        pattern="^[0-9a-f]{12}$",
        description="The verifier's digest, as the index's URLs have it: another one than that is refused.",
    )

    @classmethod
    def parameters(cls) -> list[str]:
        """The names of the query's own parameters."""
        return list(cls.model_fields)

    def canonical(self, **changes: str | None) -> str:
        """The query as it stands in a URL: what differs from the defaults, by name."""
        said = {**self.model_dump(mode="json", exclude_defaults=True), **changes}
        text = {name: str(value).lower() if isinstance(value, bool) else value for name, value in said.items()}
        return urlencode(sorted((name, value) for name, value in text.items() if value is not None), safe=":,.")
