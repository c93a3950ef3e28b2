"""Which models there are: the `.onnx` files of one folder."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from latent import ModelCard
from latent.codes import Latents
from service.engine.batcher import Batcher
from service.engine.session import Generator, LoadError
from service.images import Images
from service.settings import Settings

BUNDLED = "mnist-infogan"
"""The model that ships with the service."""

_log = logging.getLogger(__name__)


class UnknownModelError(LookupError):
    """No model of this `name`; `known` are those there are."""

    def __init__(self, name: str, known: list[str]) -> None:
        super().__init__(f"no model {name!r}; there are {', '.join(known)}")
        self.name, self.known = name, known


class NotReadyError(RuntimeError):
    """Nothing can be served; the message says why."""


@dataclass(frozen=True)
class Refusal:
    """A file that is not served, by name, and why."""

    file: str
    reason: str


@dataclass(frozen=True)
class Model:
    """A generator and the batcher that feeds it."""

    generator: Generator
    batcher: Batcher

    @property
    def card(self) -> ModelCard:
        return self.generator.card

    @property
    def version(self) -> str:
        """Which generator exactly: `name@sha256[:12]`."""
        return f"{self.card.name}@{self.generator.sha256[:12]}"


class Registry:
    """The models being served, by name, and the files that were refused.

    All sessions share one worker thread: inference uses every core already, and two at once only share them.
    """

    def __init__(self, settings: Settings) -> None:
        """Load every generator of `settings.models`. Never raises for a bad file or folder: see `refused`, `reason`."""
        self._worker = ThreadPoolExecutor(1, thread_name_prefix="inference")
        models: dict[str, Model] = {}
        refused: list[Refusal] = []
        for path in _generators(settings.models):
            try:
                generator = Generator(path, settings.device, settings.threads)
                name = generator.card.name
                if name in models:
                    raise LoadError(f"another file is already served as {name!r}")
                models[name] = Model(generator, self._batcher(generator, settings))
                _log.info("serving %s from %s on %s", models[name].version, path.name, generator.provider)
            except LoadError as error:
                refused.append(Refusal(path.name, str(error)))
                _log.error("refused %s: %s", path.name, error)
        self.models: Mapping[str, Model] = models
        self.refused = tuple(refused)
        self.default = settings.default_model or (BUNDLED if BUNDLED in models else min(models, default=None))
        self.reason = self._why_not_ready(settings)
        """Why nothing can be served; None when ready."""
        if self.reason:
            _log.error("not ready: %s", self.reason)

    def _batcher(self, generator: Generator, settings: Settings) -> Batcher:
        async def run(latents: Latents) -> Images:
            return await asyncio.get_running_loop().run_in_executor(self._worker, generator.run, latents)

        return Batcher(run, settings.batch_rows, settings.queue_rows)

    def _why_not_ready(self, settings: Settings) -> str | None:
        if not settings.models.is_dir():
            return f"INKCODE_MODELS is {str(settings.models)!r}, which is no folder"
        if not self.models:
            refusals = "; ".join(f"{refusal.file}: {refusal.reason}" for refusal in self.refused)
            return f"no generator in {str(settings.models)!r}" + (f" could be loaded: {refusals}" if refusals else "")
        if self.default not in self.models:
            return f"INKCODE_DEFAULT_MODEL is {self.default!r}; there are {', '.join(sorted(self.models))}"
        return None

    def get(self, name: str | None) -> Model:
        """The model of this name, the default one for None.

        Raises:
            NotReadyError: nothing can be served.
            UnknownModelError: no such name.
        """
        if self.reason or self.default is None:
            raise NotReadyError(self.reason)
        name = self.default if name is None else name
        if name not in self.models:
            raise UnknownModelError(name, sorted(self.models))
        return self.models[name]

    def close(self) -> None:
        """Wait for the batch that runs, and let the worker thread go."""
        self._worker.shutdown()


def _generators(folder: Path) -> list[Path]:
    return sorted(path for path in folder.glob("*.onnx") if not path.name.endswith(".encoder.onnx"))
