"""VerifierCard: the description of a verifier, stored as JSON in the metadata of its `.onnx` file.

A verifier is a classifier that took no part in the training of a generator; the service rejects generated samples that
it classifies as another label. Its file, `NAME.verifier.onnx`, maps `images`, uint8 `(batch, C, H, W)`, 0 = black, to
`probabilities`, float32 `(batch, k)`, in the order of the card's `labels`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from latent.card import CardError, ImageShape, Share
from latent.spec import ComposedText

VERIFIER_KEY = "inkcode.verifier"
"""Key of the card among the metadata properties of the ONNX file."""


class VerifierCard(BaseModel):
    """Which images and labels a verifier knows, and its accuracy on real images outside its training set."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    schema_version: Literal[1] = 1
    name: str = Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$")
    dataset: str = Field(description="The data set whose training images it was trained on.")
    labels: tuple[ComposedText, ...] = Field(min_length=2)
    image: ImageShape
    accuracy: Share = Field(description="On the test images of that data set.")
    test_images: int = Field(ge=1)
    look_alikes: dict[ComposedText, tuple[ComposedText, ...]] = Field(
        {}, description="For a label, others for which its real images are often taken, such as `0` for `O`."
    )

    @model_validator(mode="after")
    def _look_alikes_are_labels(self) -> VerifierCard:
        named = {label for pair in self.look_alikes.items() for label in (pair[0], *pair[1])}
        if unknown := sorted(named - set(self.labels)):
            raise ValueError(f"look_alikes: {unknown} are no labels")
        return self

    def confusable(self, labels: Sequence[str]) -> NDArray[np.bool_]:
        """Whether an image of `labels[i]` may be read as `labels[j]` all the same, bool `(k, k)`, true where i = j."""
        counts_as = {label: {label, *self.look_alikes.get(label, ())} for label in labels}
        return np.array([[other in counts_as[label] for other in labels] for label in labels])

    def to_metadata(self) -> dict[str, str]:
        """The card as ONNX metadata properties."""
        return {VERIFIER_KEY: self.model_dump_json()}

    @classmethod
    def from_metadata(cls, metadata: Mapping[str, str]) -> VerifierCard:
        """Read the card out of ONNX metadata properties.

        Raises:
            CardError: no card, or one that this version cannot read; the message names the invalid field.
        """
        if VERIFIER_KEY not in metadata:
            raise CardError(f"no {VERIFIER_KEY!r} in the file's metadata: it is not a verifier")
        try:
            return cls.model_validate_json(metadata[VERIFIER_KEY])
        except ValidationError as error:
            first = error.errors()[0]
            raise CardError(f"verifier's card field {'.'.join(map(str, first['loc']))}: {first['msg']}") from None
