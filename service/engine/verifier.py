"""Verifiers: classifiers that took no part in a generator's training, and read what it draws."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import numpy as np
import onnxruntime as ort
from numpy.typing import NDArray

from latent import ModelCard, VerifierCard
from service.engine.repository.files import VERIFIER, Entry, LoadError, loading, read
from service.engine.session import Device, options, providers
from service.imaging.arrays import Images
from service.settings import Settings

_log = logging.getLogger(__name__)


class Verifier:
    """A loaded verifier: its `card`, and its file's `sha256`, hexadecimal."""

    def __init__(self, path: Path, device: Device = "auto") -> None:
        """Load a verifier and try it.

        Raises:
            LoadError: unreadable, no card, or a card that does not fit the graph.
        """
        with loading():
            content = path.read_bytes()
            self._session = ort.InferenceSession(content, options(), providers=providers(device))
            self.card = VerifierCard.from_metadata(self._session.get_modelmeta().custom_metadata_map)
            image = self.card.image
            tried = self._run(np.zeros((2, image.channels, image.height, image.width), np.uint8))
        expected = (2, len(self.card.labels))
        if tried.dtype != np.float32 or tried.shape != expected:
            raise LoadError(f"two readings must be float32 {expected} by its card, but are {tried.dtype} {tried.shape}")
        self.sha256 = hashlib.sha256(content).hexdigest()

    @property
    def version(self) -> str:
        """Which verifier exactly: `name@sha256[:12]`."""
        return f"{self.card.name}@{self.sha256[:12]}"

    def read(self, images: Images, labels: Sequence[str]) -> NDArray[np.float32]:
        """The probability of each of `labels`, float32 `(n, len(labels))`, for images uint8 `(n, C, H, W)`."""
        return self._run(images)[:, [self.card.labels.index(label) for label in labels]]

    def _run(self, images: Images) -> NDArray[np.float32]:
        probabilities: NDArray[np.float32] = self._session.run(["probabilities"], {"images": images})[0]
        return probabilities

    def can_read(self, card: ModelCard) -> bool:
        """Whether it knows every label of a model, of the same data and at the same size."""
        labelled = card.latent.labelled
        same = (self.card.dataset, self.card.image) == (card.provenance.dataset, card.image)
        return bool(same and labelled and set(labelled.labels) <= set(self.card.labels))


class Verifiers:
    """The verifiers of the models' folder, as it is now. A file that is none is passed by, and the log says why."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._files: dict[str, Entry[Verifier]] = {}
        self.refresh()

    def refresh(self) -> None:
        """Use what the folder holds now."""
        with suppress(OSError):
            known, self._files = self._files, read(self._settings.models, self._files, self._load, VERIFIER)
            for name, entry in self._files.items():
                if entry.refused and known.get(name) is not entry:
                    _log.error("refused %s: %s", name, entry.refused)

    def of(self, card: ModelCard) -> Verifier | None:
        """The first verifier by name that can read what a model draws, if there is one."""
        loaded = (entry.loaded for entry in self._files.values())
        return next((verifier for verifier in loaded if verifier and verifier.can_read(card)), None)

    def _load(self, path: Path) -> Verifier:
        return Verifier(path, self._settings.device)
