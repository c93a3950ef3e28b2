"""Which models have an encoder: the `.encoder.onnx` files of the models' folder, as it is now."""

from __future__ import annotations

import asyncio
import logging
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from latent.encoder import GENERATOR_KEY
from service.engine.batcher import Batcher
from service.engine.encoder import Encoder
from service.engine.metadata import metadata
from service.engine.repository.files import ENCODER, Entry, LoadError, read
from service.engine.repository.models import Model, Registry
from service.settings import Settings

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Reading:
    """An encoder and the batcher that feeds it."""

    encoder: Encoder
    batcher: Batcher[np.uint8, np.float32]


@dataclass
class _Found:
    """A file that names its generator; whether it reads what that one draws shows when it is loaded."""

    path: Path
    generator: str
    reading: Reading | None = None
    fault: str | None = None
    loading: asyncio.Lock = field(default_factory=asyncio.Lock)


class Encoders:
    """The encoders of the models that `registry` serves, each found by its generator's digest.

    One is loaded when it is first asked for: it may be several times as large as its generator, and the service starts,
    and mostly does, without it. What a file says of itself is read at once.
    """

    def __init__(self, settings: Settings, registry: Registry) -> None:
        self._settings, self._registry = settings, registry
        self._files: dict[str, Entry[_Found]] = {}
        self._refused: dict[str, str] = {}
        self.refresh()

    def refresh(self) -> None:
        """Use what the folder holds now, for the models that are served now."""
        with suppress(OSError):
            self._files = read(self._settings.models, self._files, self._find, ENCODER)
        before, self._refused = self._refused, {}
        for name, entry in self._files.items():
            found, reason = entry.loaded, entry.refused
            if found and not self._generator(found.generator):
                found.reading = None  # nobody can ask for it
                reason = reason or f"its generator's file, {found.generator[:12]} by its digest, is not served"
            if reason:
                self._refused[name] = reason
                if before.get(name) != reason:
                    _log.error("refused %s: %s", name, reason)

    def known(self, model: Model) -> bool:
        """Whether a model has one, for all that is known before it is loaded."""
        return self._of(model) is not None

    async def of(self, model: Model) -> Reading | None:
        """A model's encoder, loaded; None where it has none, or none that can be used."""
        found = self._of(model)
        if found is None:
            return None
        async with found.loading:
            if not found.reading and not found.fault:
                try:
                    found.reading = await asyncio.to_thread(self._load, found, model)
                except LoadError as error:
                    found.fault = str(error)
                    _log.error("refused %s: %s", found.path.name, error)
        return found.reading

    def _of(self, model: Model) -> _Found | None:
        all_found = (entry.loaded for entry in self._files.values())
        sha256 = model.generator.sha256
        return next((found for found in all_found if found and found.generator == sha256 and not found.fault), None)

    def _find(self, path: Path) -> _Found:
        named = metadata(path).get(GENERATOR_KEY)
        if not named:
            raise LoadError(f"no {GENERATOR_KEY!r} in the file's metadata: it is no encoder")
        found, model = _Found(path, named), self._generator(named)
        before = self._files.get(path.name)
        if model and before and before.loaded and before.loaded.reading:
            found.reading = self._load(found, model)  # what takes the place of one in use must be usable itself
        return found

    def _load(self, found: _Found, model: Model) -> Reading:
        encoder = Encoder(found.path, model.generator.sha256, model.card)
        _log.info("reading with %s", found.path.name)
        return Reading(encoder, self._registry.feed(encoder.read, f"{model.card.name}.encoder", self._settings.lanes))

    def _generator(self, sha256: str) -> Model | None:
        return next((model for model in self._registry.models.values() if model.generator.sha256 == sha256), None)
