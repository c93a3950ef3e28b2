"""The verifiers of the served models: the `.verifier.onnx` files of the models folder, as it is now."""

from __future__ import annotations

import logging
from contextlib import suppress
from pathlib import Path

from latent import ModelCard
from service.engine.hang_detector import HangDetector
from service.engine.repository.files import VERIFIER_SUFFIX, FileEntry, RefusedFile, scan
from service.engine.verifier import VerifierSession
from service.settings import Settings

_log = logging.getLogger(__name__)


class VerifierRepository:
    """The verifiers in the models folder. A file that cannot be loaded is in `refused`, and the log says why."""

    def __init__(self, settings: Settings, hangs: HangDetector | None = None) -> None:
        """Load them; `hangs` is told of each of their inferences."""
        self._settings, self._hangs = settings, hangs
        self._files: dict[str, FileEntry[VerifierSession]] = {}
        self.refresh()

    def refresh(self) -> None:
        """Use what the folder holds now."""
        with suppress(OSError):
            known, self._files = (
                self._files,
                scan(self._settings.models, self._files, self._load, VERIFIER_SUFFIX),
            )
            for name, entry in self._files.items():
                if entry.refused and known.get(name) is not entry:
                    _log.error("refused %s: %s", name, entry.refused)

    @property
    def refused(self) -> list[RefusedFile]:
        """The files whose present content is not used, and why."""
        return [RefusedFile(name, entry.refused) for name, entry in self._files.items() if entry.refused]

    def find(self, card: ModelCard) -> VerifierSession | None:
        """The first verifier, by file name, that supports a model; None if there is none."""
        loaded = (entry.loaded for entry in self._files.values())
        return next((verifier for verifier in loaded if verifier and verifier.supports(card)), None)

    def _load(self, path: Path) -> VerifierSession:
        return VerifierSession(path, self._settings.device, self._hangs)
