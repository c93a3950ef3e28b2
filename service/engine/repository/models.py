"""The models that are served: the generators in the models folder, as it is now."""

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
from service.engine.hang_detector import HangDetector
from service.engine.inference_request import In, Out
from service.engine.observer import BatchObserver
from service.engine.repository.files import FileEntry, RefusedFile, scan
from service.engine.session import GeneratorSession
from service.settings import Settings

BUNDLED_MODEL = "mnist-infogan"
"""The model that ships with the service."""

_log = logging.getLogger(__name__)


class UnknownModelError(LookupError):
    """No model is called `name`; `known` are the names of those that are served."""

    def __init__(self, name: str, known: list[str]) -> None:
        super().__init__(f"no model {name!r}; there are {', '.join(known)}")
        self.name, self.known = name, known


class NotReadyError(RuntimeError):
    """No model can be served; the message says why."""


@dataclass(frozen=True)
class Model:
    """A generator's session, and its batcher."""

    generator: GeneratorSession
    batcher: Batcher[np.float32, np.uint8]

    @property
    def card(self) -> ModelCard:
        return self.generator.card

    @cached_property
    def version(self) -> str:
        """The generator and its file's digest: `name@sha256[:12]`."""
        return f"{self.card.name}@{self.generator.sha256[:12]}"


@dataclass(frozen=True)
class _State:
    """What is served between two refreshes. Replaced as a whole, so that a reader never sees half of a change."""

    models: Mapping[str, Model]
    refused: tuple[RefusedFile, ...]
    default: str | None
    not_ready_reason: str | None


class ModelRepository:
    """The models that are served, by name, and the files that were refused.

    A request keeps the `Model` it got: a model that is replaced or removed is freed after its last request.

    All sessions share one pool of `settings.concurrent_batches` inference threads.
    """

    def __init__(
        self,
        settings: Settings,
        make_observer: Callable[[str], BatchObserver] = lambda name: BatchObserver(),
        on_reload: Callable[[str], None] = lambda outcome: None,
    ) -> None:
        """Load every generator of `settings.models`.

        A bad file or folder raises nothing: see `refused` and `not_ready_reason`. `make_observer` makes a batcher's
        observer from its model's name. `on_reload` is called for each file that changes after the first load, with
        the outcome: `loaded`, `refused` or `removed`.
        """
        self._settings, self._make_observer = settings, make_observer
        self._on_reload: Callable[[str], None] = lambda outcome: None
        self._executor = ThreadPoolExecutor(settings.concurrent_batches, thread_name_prefix="inference")
        self.hangs = HangDetector()
        """The inferences that run now, of all sessions."""
        self._refresh_lock = threading.Lock()
        self._drain_began: float | None = None  # by time.monotonic()
        self._files: dict[str, FileEntry[Model]] = {}
        self._state = _State({}, (), None, None)
        self.refresh()
        self._on_reload = on_reload
        if self.not_ready_reason:
            _log.error("not ready: %s", self.not_ready_reason)

    @property
    def models(self) -> Mapping[str, Model]:
        return self._state.models

    @property
    def refused(self) -> tuple[RefusedFile, ...]:
        return self._state.refused

    @property
    def default(self) -> str | None:
        """The name of the default model."""
        return self._state.default

    @property
    def not_ready_reason(self) -> str | None:
        """Why no model can be served; None when ready."""
        if self._drain_began is not None:
            return "shutting down"
        if self._state.not_ready_reason:
            return self._state.not_ready_reason
        for name, model in self.models.items():
            if model.generator.failure:
                return f"{name}: {model.generator.failure}"
        return self.hangs.reason(self._settings.unready_after)

    @property
    def not_alive_reason(self) -> str | None:
        """Why the process should be replaced; None while it works."""
        return self.hangs.reason(self._settings.dead_after)

    def get(self, name: str | None) -> Model:
        """The model of this name; the default model for None.

        Raises:
            NotReadyError: no model can be served.
            UnknownModelError: no model has this name.
        """
        state, reason = self._state, self.not_ready_reason
        if reason or state.default is None:
            raise NotReadyError(reason)
        name = state.default if name is None else name
        if name not in state.models:
            raise UnknownModelError(name, sorted(state.models))
        return state.models[name]

    def check_capacity(self) -> None:
        """Refuse a request that no model could accept, before it is known which one it asks for.

        Raises:
            QueueFullError: the queue of every model is full.
        """
        full = None
        for model in self._state.models.values():
            if not model.batcher.is_full:
                return
            full = full or model
        if full:
            full.batcher.check_capacity()

    def refresh(self) -> None:
        """Serve what the folder holds now. Files are loaded and tried first; then all changes take effect at once."""
        with self._refresh_lock, suppress(OSError):
            known, self._files = self._files, scan(self._settings.models, self._files, self._load)
            for name, entry in self._files.items():
                if known.get(name) is not entry:
                    self._on_reload("refused" if entry.refused else "loaded")
            for name in known.keys() - self._files.keys():
                self._on_reload("removed")
                _log.info("removed %s", name)
        self._state = self._make_state()

    def make_batcher(
        self, run: Callable[[NDArray[In]], NDArray[Out]], name: str, concurrent_batches: int
    ) -> Batcher[In, Out]:
        """A batcher that calls `run` in the inference threads; `name` is what its observer reports as the model."""

        def timed(rows: NDArray[In]) -> tuple[NDArray[Out], float]:
            began = time.perf_counter()  # in the thread: a delay of the event loop is not the session's time
            with self.hangs.track(name):
                return run(rows), time.perf_counter() - began

        def run_in_thread(rows: NDArray[In]) -> asyncio.Future[tuple[NDArray[Out], float]]:
            return asyncio.get_running_loop().run_in_executor(self._executor, timed, rows)

        batch_rows, queue_rows = self._settings.batch_rows, self._settings.queue_rows
        observer = self._make_observer(name)
        return Batcher(run_in_thread, batch_rows, queue_rows, concurrent_batches, observer=observer, run_inline=timed)

    def drain(self) -> None:
        """Accept no new work: from now on `get` refuses. Requests that were accepted are finished."""
        self._drain_began = time.monotonic()

    @property
    def drain_seconds(self) -> float:
        """Seconds since `drain` was called; 0 where it was not."""
        return 0.0 if self._drain_began is None else time.monotonic() - self._drain_began

    def close(self) -> None:
        """Stop the threads, each after its batch, without waiting for them."""
        self._executor.shutdown(wait=False, cancel_futures=True)

    def _load(self, path: Path) -> Model:
        settings = self._settings
        generator = GeneratorSession(path, settings.device, settings.batch_rows)
        # A GPU is a single device: batches run on it one after another.
        concurrent_batches = settings.concurrent_batches if generator.on_cpu else 1
        model = Model(generator, self.make_batcher(generator.run, generator.card.name, concurrent_batches))
        _log.info("serving %s from %s on %s", model.version, path.name, generator.provider)
        return model

    def _make_state(self) -> _State:
        models: dict[str, Model] = {}
        refused: list[RefusedFile] = []
        for file, entry in self._files.items():
            if entry.refused:
                refused.append(RefusedFile(file, entry.refused))
            if entry.loaded and entry.loaded.card.name in models:
                refused.append(RefusedFile(file, f"another file is already served as {entry.loaded.card.name!r}"))
            elif entry.loaded:
                models[entry.loaded.card.name] = entry.loaded
        for refusal in refused:
            if refusal not in self.refused:
                _log.error("refused %s: %s", refusal.file, refusal.reason)
        bundled_or_first = BUNDLED_MODEL if BUNDLED_MODEL in models else min(models, default=None)
        default = self._settings.default_model or bundled_or_first
        return _State(models, tuple(refused), default, self._find_not_ready_reason(models, refused, default))

    def _find_not_ready_reason(
        self, models: Mapping[str, Model], refused: list[RefusedFile], default: str | None
    ) -> str | None:
        folder = self._settings.models
        if not models and not folder.is_dir():
            return f"INKCODE_MODELS is {str(folder)!r}, which is no folder"
        if not models:
            reasons = "; ".join(f"{refusal.file}: {refusal.reason}" for refusal in refused)
            return f"no generator in {str(folder)!r}" + (f" could be loaded: {reasons}" if reasons else "")
        if default not in models:
            return f"INKCODE_DEFAULT_MODEL is {default!r}; there are {', '.join(sorted(models))}"
        return None
