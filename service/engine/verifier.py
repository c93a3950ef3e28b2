"""One verifier in one ONNX Runtime session: a classifier that took no part in training the generators it judges."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import onnxruntime as ort
from numpy.typing import NDArray

from latent import ModelCard, VerifierCard
from service.engine.hang_detector import HangDetector
from service.engine.repository.files import LoadError, convert_to_load_error
from service.engine.session import Device, providers, session_options
from service.imaging.arrays import Images


class VerifierSession:
    """A loaded verifier: its `card`, and its file's `sha256`, hexadecimal."""

    def __init__(self, path: Path, device: Device = "auto", hangs: HangDetector | None = None) -> None:
        """Load a verifier and try it. `hangs` is told of each inference.

        Raises:
            LoadError: unreadable, no card, or a card that does not fit the graph.
        """
        self._hangs = hangs or HangDetector()
        with convert_to_load_error():
            content = path.read_bytes()
            self._session = ort.InferenceSession(content, session_options(), providers=providers(device))
            self.card = VerifierCard.from_metadata(self._session.get_modelmeta().custom_metadata_map)
            image = self.card.image
            tried = self._run(np.zeros((2, image.channels, image.height, image.width), np.uint8))
        expected = (2, len(self.card.labels))
        if tried.dtype != np.float32 or tried.shape != expected:
            raise LoadError(f"two readings must be float32 {expected} by its card, but are {tried.dtype} {tried.shape}")
        self.sha256 = hashlib.sha256(content).hexdigest()

    @property
    def version(self) -> str:
        """The verifier and its file's digest: `name@sha256[:12]`."""
        return f"{self.card.name}@{self.sha256[:12]}"

    def classify(self, images: Images, labels: Sequence[str]) -> NDArray[np.float32]:
        """The probability of each of `labels`, float32 `(n, len(labels))`, for images uint8 `(n, C, H, W)`."""
        with self._hangs.track(self.card.name):
            probabilities = self._run(images)
        return probabilities[:, [self.card.labels.index(label) for label in labels]]

    def _run(self, images: Images) -> NDArray[np.float32]:
        probabilities: NDArray[np.float32] = self._session.run(["probabilities"], {"images": images})[0]
        return probabilities

    def supports(self, card: ModelCard) -> bool:
        """Whether it was trained on a model's data set, at the same image size, and knows every label of the model."""
        labelled = card.latent.labelled
        same = (self.card.dataset, self.card.image) == (card.provenance.dataset, card.image)
        return bool(same and labelled and set(labelled.labels) <= set(self.card.labels))
