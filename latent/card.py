"""ModelCard: the description of a generator, stored as JSON in the metadata of its `.onnx` file.

It holds the latent's layout, the image's size, the provenance and the measured quality (Mitchell et al. 2019, "Model
cards for model reporting").
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, FiniteFloat, JsonValue, ValidationError

from latent.spec import LatentSpec

CARD_KEY = "inkcode.card"
"""Key of the card among the metadata properties of the ONNX file."""

SCHEMA: Literal[2] = 2
"""Version of the cards written. Version 1, which is still read, has no `resolved_recipe` and no `lineage`."""


class CardError(ValueError):
    """The metadata of a file hold no card, or a card that this version cannot read."""


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class ImageShape(_Part):
    """Shape of a generated image, uint8 `(channels, height, width)`, 0 = black."""

    channels: Literal[1, 3]
    height: int = Field(ge=1, le=1024)
    width: int = Field(ge=1, le=1024)

    @property
    def values(self) -> int:
        """Numbers of one image: its pixels, times its channels."""
        return self.channels * self.height * self.width


class LineFrame(_Part):
    """Where a line of text runs through the images, as shares of their height.

    `baseline` is measured from the top. Images of one line's characters stand at their true places and sizes, so that
    they need only be put side by side.
    """

    baseline: FiniteFloat = Field(gt=0, lt=1)
    x_height: FiniteFloat = Field(gt=0, lt=1)


Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
"""A SHA-256 digest, hexadecimal."""


class Extension(_Part):
    """A change of the run's length after it had begun, by `train --resume --set kimg=...`."""

    at_kimg: FiniteFloat = Field(ge=0, description="Thousands of images the run had seen by then.")
    previous: dict[str, JsonValue] = Field(description="Recipe keys that changed, with their values until then.")


class InitialWeights(_Part):
    """The run whose weights a run started from, by `train --init-from`."""

    system: str = Field(description="Name of that run's recipe.")
    seed: int
    kimg: FiniteFloat = Field(ge=0, description="Thousands of images that run had seen.")
    checkpoint_sha256: Sha256
    loaded: tuple[str, ...] = Field(description="Networks, by role, all of whose tensors were loaded.")
    partly_loaded: tuple[str, ...] = Field((), description="Networks of which only some tensors fitted.")


class Lineage(_Part):
    """What a run was trained on and by, besides its recipe and its seed; its checkpoints keep it for the card."""

    data_sha256: Sha256 | None = Field(None, description="Digest of the training images and labels as read.")
    code_versions: tuple[str, ...] = Field(
        (), description="Versions of Inkcode that trained it, in order: `0.1.0`, with the commit `0.1.0+g1a2b3c…`."
    )
    initial_weights: InitialWeights | None = None
    extensions: tuple[Extension, ...] = ()


class Provenance(_Part):
    """Where a generator comes from: enough to train it again, since schema version 2."""

    recipe: str = Field(description="The recipe's name.")
    resolved_recipe: dict[str, JsonValue] | None = Field(
        None, description="The whole recipe with every default and every `--set`; the trainer checks it, not the card."
    )
    lineage: Lineage | None = None
    dataset: str
    images: int = Field(ge=0, description="Size of the training set.")
    labels_read: int = Field(ge=0, description="Training labels read by the run; 0 for an unsupervised one.")
    seed: int
    kimg: FiniteFloat = Field(ge=0, description="Thousands of real images shown to the discriminator.")
    device: str
    versions: dict[str, str]
    created: str = Field(description="UTC, ISO 8601.")
    notice: str | None = Field(None, description="What the data's licence asks whoever passes the file on to say.")


class Control(_Part):
    """Which measured property of the image a continuous code controls.

    `spearman` maps each measured property to the Spearman correlation of the code with it, from -1 to 1: computed
    within each label, then averaged over the labels. `factor` is the property assigned to the code: the assignment
    gives different codes different properties and maximises the sum of absolute correlations.
    """

    factor: str
    spearman: dict[str, FiniteFloat]


class Alignment(_Part):
    """How the values of a categorical code were matched to labels after training."""

    method: str
    labelled_images: int = Field(ge=0, description="Labelled images used for the matching, after training.")
    accuracy: FiniteFloat = Field(ge=0, le=1, description="Share of those images whose label agrees with the matching.")


Share = Annotated[FiniteFloat, Field(ge=0, le=1)]


class Clustering(_Part):
    """How well the encoder's categories match the labels of real images."""

    accuracy: Share = Field(description="Under the best one-to-one matching of categories to labels.")
    nmi: Share = Field(description="Mutual information, normalised by the mean of both entropies.")
    ari: FiniteFloat = Field(ge=-1, le=1, description="Adjusted Rand index; 0 is the level of chance.")


class WriterVerification(_Part):
    """Areas under the ROC curve of a network that tells pairs of characters by one writer from pairs by two.

    The network is trained on real pairs of other writers. 0.5 is the level of chance.
    """

    real: Share = Field(description="On real pairs.")
    style: Share = Field(description="On generated pairs, whose writer is the noise `style`; all else varies.")
    hand: Share = Field(description="On generated pairs, whose writer is `style` and the continuous codes.")


class Quality(_Part):
    """Metrics of `samples` generated images, from `python -m trainer evaluate`.

    None: not measured, or not defined for this model. "The classifier" is the judge: it is trained on a part of the
    real training images and takes no part in the training of the generator. "Features" are the activations of its last
    stage. Distances and neighbours are between `compared` generated images and as many real ones, which the judge was
    not trained on. The floor and the figures named `..._real` are those of `compared` further real images instead of
    the generated ones.
    """

    samples: int = Field(ge=1)
    judge_sha256: Sha256 | None = Field(
        None, description="Digest of the judge's weights; None: an earlier judge, trained on all training images."
    )
    split: Literal["validation", "test"] | None = Field(
        None, description="The real images on which classifiers and the encoder are measured; None: the test images."
    )
    compared: int | None = Field(None, ge=1, description="Images on either side of distances and neighbours.")
    label_accuracy: Share | None = Field(None, description="GAN-test: images classified as the label requested.")
    label_accuracy_folded: Share | None = Field(
        None, description="The same with look-alikes (0 and O, 1, I and l) and upper and lower case taken as one label."
    )
    label_accuracy_by_label: dict[str, Share] = {}
    gan_train_accuracy: Share | None = Field(None, description="On real images, after training on generated ones.")
    classifier_accuracy: Share | None = Field(None, description="Of the classifier, on real images of `split`.")
    frechet_distance: FiniteFloat | None = Field(None, ge=0, description="In the classifier's features.")
    frechet_floor: FiniteFloat | None = Field(None, ge=0, description="Between real images and real images.")
    precision: Share | None = Field(None, description="Generated images inside the manifold of real features.")
    recall: Share | None = Field(None, description="Real images inside the manifold of generated features.")
    density: FiniteFloat | None = Field(None, ge=0, description="Precision, weighted by the number of real neighbours.")
    coverage: Share | None = Field(None, description="Real images with a generated image among their neighbours.")
    precision_real: Share | None = Field(None, description="Precision of real images.")
    recall_real: Share | None = Field(None, description="Recall of real images.")
    density_real: FiniteFloat | None = Field(None, ge=0, description="Density of real images.")
    coverage_real: Share | None = Field(None, description="Coverage of real images.")
    ms_ssim: Share | None = Field(None, description="Mean of pairs of generated images of a class; 1: equal.")
    ms_ssim_real: Share | None = Field(None, description="Mean of pairs of real images of a class.")
    controls: dict[str, Control] = Field({}, description="What each continuous code controls, by its name.")
    writer_verification: WriterVerification | None = None
    information: dict[str, FiniteFloat] = Field(
        {},
        description="Lower bound on the mutual information of code and image, from the encoder, in nats, by code.",
    )
    clustering: Clustering | None = None


class ModelCard(_Part):
    """Everything the service needs to know about a generator. Unknown keys are refused."""

    schema_version: Literal[1, 2] = SCHEMA
    name: str = Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$")
    system: str = Field(description="The recipe's name, e.g. infogan.")
    latent: LatentSpec
    image: ImageShape
    frame: LineFrame | None = Field(None, description="Where a line runs through the images; None: not known.")
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
            CardError: no card, not JSON, another schema version, or an invalid field; the message names the field.
        """
        if CARD_KEY not in metadata:
            raise CardError(f"no {CARD_KEY!r} in the file's metadata: it was not exported by Inkcode")
        try:
            content: Any = json.loads(metadata[CARD_KEY])
        except ValueError as error:
            raise CardError(f"the card is not JSON: {error}") from None
        version = content.get("schema_version") if isinstance(content, dict) else None
        if version not in (1, SCHEMA):
            raise CardError(f"the card has schema version {version!r}; this version reads 1 and {SCHEMA}")
        try:
            return cls.model_validate(content)
        except ValidationError as error:
            first = error.errors()[0]
            raise CardError(f"card field {'.'.join(map(str, first['loc']))}: {first['msg']}") from None
