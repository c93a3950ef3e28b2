"""The encoders of the served models: the `.encoder.onnx` files of the models folder, as it is now."""

from __future__ import annotations

import asyncio
import logging
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from latent.encoder import GENERATOR_KEY
from service.engine.batcher import Batcher
from service.engine.encoder import EncoderSession
from service.engine.metadata import read_metadata
from service.engine.repository.files import ENCODER_SUFFIX, FileEntry, LoadError, RefusedFile, scan
from service.engine.repository.models import Model, ModelRepository
from service.settings import Settings

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Encoder:
    """An encoder's session, and its batcher."""

    session: EncoderSession
    batcher: Batcher[np.uint8, np.float32]


@dataclass
class _EncoderFile:
    """A file that names its generator by digest. Whether it really fits that generator is known once it is loaded."""

    path: Path
    generator_digest: str
    encoder: Encoder | None = None
    failure: str | None = None
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)


class EncoderRepository:
    """The encoders of the models in `models`, each found by its generator's digest.

    An encoder is loaded when it is first used: it can be several times as large as its generator, and most runs of the
    service never use it. Only the file's metadata is read at once.
    """

    def __init__(self, settings: Settings, models: ModelRepository) -> None:
        self._settings, self._models = settings, models
        self._files: dict[str, FileEntry[_EncoderFile]] = {}
        self._refused: dict[str, str] = {}
        self.refresh()

    def refresh(self) -> None:
        """Use what the folder holds now, for the models that are served now."""
        with suppress(OSError):
            self._files = scan(self._settings.models, self._files, self._inspect, ENCODER_SUFFIX)
        before, self._refused = self._refused, {}
        for name, entry in self._files.items():
            file, reason = entry.loaded, entry.refused
            if file and not self._find_model(file.generator_digest):
                file.encoder = None  # no request can use it
                reason = reason or f"its generator, {file.generator_digest[:12]} by its digest, is not served"
            if reason:
                self._refused[name] = reason
                if before.get(name) != reason:
                    _log.error("refused %s: %s", name, reason)

    @property
    def refused(self) -> list[RefusedFile]:
        """The files whose present content is not used, and why; of one not loaded yet, as far as is known."""
        failures = {
            name: entry.loaded.failure for name, entry in self._files.items() if entry.loaded and entry.loaded.failure
        }
        return [RefusedFile(name, reason) for name, reason in sorted((failures | self._refused).items())]

    def has(self, model: Model) -> bool:
        """Whether a model has an encoder, as far as is known without loading it."""
        return self._find_file(model) is not None

    async def get(self, model: Model) -> Encoder | None:
        """A model's encoder, loaded; None if it has none that can be used."""
        file = self._find_file(model)
        if file is None:
            return None
        async with file.lock:
            if not file.encoder and not file.failure:
                try:
                    file.encoder = await asyncio.to_thread(self._load, file, model)
                except LoadError as error:
                    file.failure = str(error)
                    _log.error("refused %s: %s", file.path.name, error)
        return file.encoder

    def _find_file(self, model: Model) -> _EncoderFile | None:
        files = (entry.loaded for entry in self._files.values())
        digests = model.generator.digests
        return next((file for file in files if file and file.generator_digest in digests and not file.failure), None)

    def _inspect(self, path: Path) -> _EncoderFile:
        generator_digest = read_metadata(path).get(GENERATOR_KEY)
        if not generator_digest:
            raise LoadError(f"no {GENERATOR_KEY!r} in the file's metadata: it is no encoder")
        file, model = _EncoderFile(path, generator_digest), self._find_model(generator_digest)
        before = self._files.get(path.name)
        if model and before and before.loaded and before.loaded.encoder:
            file.encoder = self._load(file, model)  # a file that replaces one in use must itself be usable
        return file

    def _load(self, file: _EncoderFile, model: Model) -> Encoder:
        session = EncoderSession(file.path, model.generator.digests, model.card)
        _log.info("reading with %s", file.path.name)
        concurrent_batches = self._settings.concurrent_batches
        batcher = self._models.make_batcher(session.encode, f"{model.card.name}.encoder", concurrent_batches)
        return Encoder(session, batcher)

    def _find_model(self, digest: str) -> Model | None:
        return next((model for model in self._models.models.values() if digest in model.generator.digests), None)
