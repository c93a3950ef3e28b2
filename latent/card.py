"""ModelCard: what a generator is, where it comes from and what was measured of it, as JSON inside its `.onnx` file."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, FiniteFloat, ValidationError

from latent.spec import LatentSpec

CARD_KEY = "inkcode.card"
"""Key of the card in the ONNX file's metadata."""

SCHEMA: Literal[1] = 1


class CardError(ValueError):
    """A file's metadata hold no card, or one this version cannot read."""


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class ImageShape(_Part):
    """Size of a generated image in pixels; uint8, 0 = black."""

    channels: Literal[1, 3]
    height: int = Field(ge=1, le=1024)
    width: int = Field(ge=1, le=1024)


class Provenance(_Part):
    """Where a generator comes from: enough to train it again."""

    recipe: str
    dataset: str
    images: int = Field(ge=0, description="Size of the training set.")
    labels_read: int = Field(ge=0, description="Training labels read by the run; 0 for an unsupervised one.")
    seed: int
    kimg: FiniteFloat = Field(ge=0, description="Thousands of real images shown to the discriminator.")
    device: str
    versions: dict[str, str]
    created: str = Field(description="UTC, ISO 8601.")
    notice: str | None = Field(None, description="What whoever passes the file on is to say of its data, by licence.")


class Control(_Part):
    """What a continuous code moves: mean over the labels of the Spearman correlation within the label, by factor."""

    factor: str
    spearman: dict[str, FiniteFloat]


class Alignment(_Part):
    """How a categorical's values got their labels."""

    method: str
    labelled_images: int = Field(ge=0, description="Labelled images read to name the values, after training.")
    accuracy: FiniteFloat = Field(ge=0, le=1, description="Share of those images the assignment explains.")


Share = Annotated[FiniteFloat, Field(ge=0, le=1)]


class Clustering(_Part):
    """How well the encoder's categories match the labels of the real test set."""

    accuracy: Share = Field(description="With each category given to one label, in the best way.")
    nmi: Share = Field(description="Normalised mutual information, arithmetic mean.")
    ari: FiniteFloat = Field(ge=-1, le=1, description="Adjusted Rand index; 0 is what chance gives.")


class Quality(_Part):
    """Measured on `samples` generated images by `python -m trainer evaluate`; None: not measured, or has no meaning."""

    samples: int = Field(ge=1)
    label_accuracy: Share | None = Field(None, description="GAN-test: images a reader reads as the label asked for.")
    label_accuracy_by_label: dict[str, Share] = {}
    gan_train_accuracy: Share | None = Field(None, description="On real test images, of a reader trained on generated.")
    classifier_accuracy: Share | None = Field(None, description="The reader's, on real test images.")
    frechet_distance: FiniteFloat | None = Field(None, ge=0, description="In the reader's features.")
    frechet_floor: FiniteFloat | None = Field(None, ge=0, description="Real training images against real test images.")
    precision: Share | None = Field(None, description="Generated images among real ones, in the reader's features.")
    recall: Share | None = Field(None, description="Real images among generated ones.")
    density: FiniteFloat | None = Field(None, ge=0, description="Precision, counting how many real images are near.")
    coverage: Share | None = Field(None, description="Real images with a generated one near.")
    ms_ssim: Share | None = Field(None, description="Likeness of two generated images of a class; 1: all the same.")
    ms_ssim_real: Share | None = Field(None, description="Likeness of two real images of a class.")
    controls: dict[str, Control] = Field({}, description="By continuous code.")
    information: dict[str, FiniteFloat] = Field(
        {},
        description="Lower bound on the mutual information of code and image as the encoder reads it, nats, by code.",
    )
    clustering: Clustering | None = None


class ModelCard(_Part):
    """Everything the service needs to know of a generator. Unknown keys are refused: a card says what it means."""

    schema_version: Literal[1] = SCHEMA
    name: str = Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$")
    system: str = Field(description="The recipe's name, e.g. infogan.")
    latent: LatentSpec
    image: ImageShape
    provenance: Provenance
    alignment: Alignment | None = None
    quality: Quality | None = None

    def to_metadata(self) -> dict[str, str]:
        """The card as ONNX metadata properties."""
        return {CARD_KEY: self.model_dump_json(exclude_none=True)}

    @classmethod
    def from_metadata(cls, metadata: Mapping[str, str]) -> ModelCard:
        """Read the card out of ONNX metadata properties.

        Raises:
            CardError: no card, not JSON, another schema version, or a field that does not fit, named.
        """
        if CARD_KEY not in metadata:
            raise CardError(f"no {CARD_KEY!r} in the file's metadata: it was not exported by Inkcode")
        try:
            content: Any = json.loads(metadata[CARD_KEY])
        except ValueError as error:
            raise CardError(f"the card is not JSON: {error}") from None
        version = content.get("schema_version") if isinstance(content, dict) else None
        if version != SCHEMA:
            raise CardError(f"the card has schema version {version!r}; this version reads {SCHEMA}")
        try:
            return cls.model_validate(content)
        except ValidationError as error:
            first = error.errors()[0]
            raise CardError(f"card field {'.'.join(map(str, first['loc']))}: {first['msg']}") from None
