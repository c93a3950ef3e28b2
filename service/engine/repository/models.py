"""Which models there are: the `.onnx` files of one folder, as it is now."""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from latent import ModelCard
from service.engine.batcher import Batcher
from service.engine.job import In, Out
from service.engine.observer import Tally
from service.engine.repository.files import Entry, read
from service.engine.session import Generator
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
    """A file that is not served as it stands, by name, and why."""

    file: str
    reason: str


@dataclass(frozen=True)
class Model:
    """A generator and the batcher that feeds it."""

    generator: Generator
    batcher: Batcher[np.float32, np.uint8]

    @property
    def card(self) -> ModelCard:
        return self.generator.card

    @cached_property
    def version(self) -> str:
        """Which generator exactly: `name@sha256[:12]`."""
        return f"{self.card.name}@{self.generator.sha256[:12]}"


@dataclass(frozen=True)
class _Shelf:
    """What is served at one time; replaced whole."""

    models: Mapping[str, Model]
    refused: tuple[Refusal, ...]
    default: str | None
    reason: str | None


class Registry:
    """The models being served, by name, and the files that were refused.

    A request keeps the `Model` it got: one that was replaced or removed goes after its last request.

    All sessions share the threads of inference, as many as `settings.lanes`.
    """

    def __init__(
        self,
        settings: Settings,
        tally: Callable[[str], Tally] = lambda name: Tally(),
        reloaded: Callable[[str], None] = lambda outcome: None,
    ) -> None:
        """Load every generator of `settings.models`. Never raises for a bad file or folder: see `refused`, `reason`.

        `tally` makes the one that hears of a model's work, by the model's name; `reloaded` hears of each file that
        changed later: it was `loaded`, `refused` or `removed`.
        """
        self._settings, self._tally = settings, tally
        self._reloaded: Callable[[str], None] = lambda outcome: None
        self._workers = ThreadPoolExecutor(settings.lanes, thread_name_prefix="inference")
        self._reading = threading.Lock()
        self._draining = False
        self._files: dict[str, Entry[Model]] = {}
        self._shelf = _Shelf({}, (), None, None)
        self.refresh()
        self._reloaded = reloaded
        if self.reason:
            _log.error("not ready: %s", self.reason)

    @property
    def models(self) -> Mapping[str, Model]:
        return self._shelf.models

    @property
    def refused(self) -> tuple[Refusal, ...]:
        return self._shelf.refused

    @property
    def default(self) -> str | None:
        return self._shelf.default

    @property
    def reason(self) -> str | None:
        """Why nothing can be served; None when ready."""
        if self._draining:
            return "shutting down"
        if self._shelf.reason:
            return self._shelf.reason
        for name, model in self.models.items():
            if model.generator.fault:
                return f"{name}: {model.generator.fault}"
        return None

    def get(self, name: str | None) -> Model:
        """The model of this name, the default one for None.

        Raises:
            NotReadyError: nothing can be served.
            UnknownModelError: no such name.
        """
        shelf, reason = self._shelf, self.reason
        if reason or shelf.default is None:
            raise NotReadyError(reason)
        name = shelf.default if name is None else name
        if name not in shelf.models:
            raise UnknownModelError(name, sorted(shelf.models))
        return shelf.models[name]

    def admit(self) -> None:
        """Refuse a request that no model could take, whichever it asks for.

        Raises:
            QueueFullError: every model's queue is full.
        """
        models = self._shelf.models.values()
        if models and all(model.batcher.full for model in models):
            next(iter(models)).batcher.admit()

    def refresh(self) -> None:
        """Serve what the folder holds now. Files are loaded and tried meanwhile, then all is replaced at once."""
        with self._reading, suppress(OSError):
            known, self._files = self._files, read(self._settings.models, self._files, self._load)
            for name, entry in self._files.items():
                if known.get(name) is not entry:
                    self._reloaded("refused" if entry.refused else "loaded")
            for name in known.keys() - self._files.keys():
                self._reloaded("removed")
                _log.info("removed %s", name)
        self._shelf = self._arrange()

    def feed(self, session: Callable[[NDArray[In]], NDArray[Out]], name: str, lanes: int) -> Batcher[In, Out]:
        """What gives a session its batches, so many at once; its work is told of by this name."""

        def timed(rows: NDArray[In]) -> tuple[NDArray[Out], float]:
            began = time.perf_counter()  # in its thread: what the loop is late by is not the session's
            return session(rows), time.perf_counter() - began

        def run(rows: NDArray[In]) -> asyncio.Future[tuple[NDArray[Out], float]]:
            return asyncio.get_running_loop().run_in_executor(self._workers, timed, rows)

        most, queue = self._settings.batch_rows, self._settings.queue_rows
        return Batcher(run, most, queue, lanes, tally=self._tally(name), at_once=timed)

    def drain(self) -> None:
        """Take no new work: `get` refuses it. What has been taken goes on."""
        self._draining = True

    def close(self) -> None:
        """Wait for the batches that run, and let the threads go."""
        self._workers.shutdown()

    def _load(self, path: Path) -> Model:
        settings = self._settings
        generator = Generator(path, settings.device, settings.batch_rows)
        # A device is one, and takes its batches in turn.
        lanes = settings.lanes if generator.on_cpu else 1
        model = Model(generator, self.feed(generator.run, generator.card.name, lanes))
        _log.info("serving %s from %s on %s", model.version, path.name, generator.provider)
        return model

    def _arrange(self) -> _Shelf:
        models: dict[str, Model] = {}
        refused: list[Refusal] = []
        for file, entry in self._files.items():
            if entry.refused:
                refused.append(Refusal(file, entry.refused))
            if entry.loaded and entry.loaded.card.name in models:
                refused.append(Refusal(file, f"another file is already served as {entry.loaded.card.name!r}"))
            elif entry.loaded:
                models[entry.loaded.card.name] = entry.loaded
        for refusal in refused:
            if refusal not in self.refused:
                _log.error("refused %s: %s", refusal.file, refusal.reason)
        default = self._settings.default_model or (BUNDLED if BUNDLED in models else min(models, default=None))
        return _Shelf(models, tuple(refused), default, self._why_not(models, refused, default))

    def _why_not(self, models: Mapping[str, Model], refused: list[Refusal], default: str | None) -> str | None:
        folder = self._settings.models
        if not models and not folder.is_dir():
            return f"INKCODE_MODELS is {str(folder)!r}, which is no folder"
        if not models:
            reasons = "; ".join(f"{refusal.file}: {refusal.reason}" for refusal in refused)
            return f"no generator in {str(folder)!r}" + (f" could be loaded: {reasons}" if reasons else "")
        if default not in models:
            return f"INKCODE_DEFAULT_MODEL is {default!r}; there are {', '.join(sorted(models))}"
        return None
