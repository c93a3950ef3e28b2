"""`python -m service dataset`: a data set as files, the same ones that `/datasets` answers.

They are made on every core of this machine, or of a Ray cluster.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import platform
import sys
import time
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from importlib.util import find_spec
from typing import TypeVar

from pydantic import ValidationError

from latent import CodeError
from service.cluster.executor import ClusterError, Spread, local
from service.datasets import folder, options
from service.datasets.folder import FolderError
from service.datasets.formats.registry import FORMATS, MissingError
from service.datasets.plan import Plan, name
from service.datasets.sampling import aside, runner, runtime, source_of
from service.datasets.spec import Query
from service.engine.repository.models import NotReadyError, Registry, UnknownModelError
from service.engine.verifier import Verifiers
from service.settings import Settings

T = TypeVar("T")

_WIDTH = 40


class OtherShardsError(RuntimeError):
    """A node of a cluster would not make the shards that are made here; the message says which."""


_FAULTS = (
    ClusterError,
    CodeError,
    FolderError,
    MissingError,
    NotReadyError,
    OtherShardsError,
    UnknownModelError,
    OSError,
)


def run(given: argparse.Namespace, settings: Settings) -> int:
    """Write or verify a data set; the exit status: 0 done, 1 failed with the reason on stderr."""
    try:
        query = options.query(given)
        with _spread(given, settings, query) as spread:
            wrong = (_lmdb if given.format == options.LMDB else _files)(given, spread)
    except ValidationError as error:
        _say("; ".join(f"error: {e['loc'][0]} is {e['input']!r}: {e['msg']}" for e in error.errors()))
        return 1
    except _FAULTS as error:
        _say(f"error: {error}")
        return 1
    for file in wrong:
        _say(f"error: {file} is not what it should be")
    return 1 if wrong else 0


@contextmanager
def _spread(given: argparse.Namespace, settings: Settings, query: Query) -> Iterator[Spread]:
    """What makes the shards, and this process ready to make some too."""
    if given.engine == options.LOCAL:
        processes = given.processes or os.cpu_count() or 1
        settings = settings.model_copy(update={"workers": processes})  # which share the cores
        _prepare(settings, given.model, query)
        with local(processes, _prepare, (settings, given.model, query)) as spread:
            yield spread
        return
    if given.processes:
        raise CodeError("processes", given.processes, "must be left out beside --engine ray: there, it is one a core")
    if find_spec("ray") is None:
        raise MissingError("ray is not installed: pip install 'inkcode[ray]'")
    from service.cluster.ray_executor import cluster  # an extra

    settings = settings.model_copy(update={"threads": 1, "models": settings.models.absolute()})
    _prepare(settings, given.model, query)
    with cluster(_prepare, (settings, given.model, query, _here.identity)) as spread:
        yield spread


def _files(given: argparse.Namespace, spread: Spread) -> list[str]:
    """Write what is missing, or find what differs, of a set in files."""
    plan = _here.plan
    endings = FORMATS[given.format]
    for ending in endings:
        plan.format(ending)
    folder.begin(given.out, _here.document(endings[0]), plan)
    files = {name(number, ending): (number, ending) for number in range(len(plan)) for ending in endings}
    lacking = folder.missing(given.out, files)
    if given.verify:
        there = [file for file in files if file not in set(lacking)]
        made = spread(_shard, [files[file] for file in there])
        drawn = zip(there, _shown(made, len(there)), strict=True)
        return lacking + [file for file, content in drawn if (given.out / file).read_bytes() != content]
    made = spread(_shard, [files[file] for file in lacking])
    for file, content in zip(lacking, _shown(made, len(lacking)), strict=True):
        folder.replace(given.out / file, content)
    return []


def _lmdb(given: argparse.Namespace, spread: Spread) -> list[str]:
    """The same of a set in one database, which grows in order."""
    plan = _here.plan
    if find_spec("lmdb") is None:
        raise MissingError("lmdb is not installed: pip install 'inkcode[datasets]'")
    from service.datasets.formats.lmdb import Writer  # an extra

    folder.begin(given.out, _here.document(options.LMDB), plan)
    with Writer(given.out) as database:
        whole = len(database) // plan.query.size if len(database) < plan.query.n else len(plan)
        numbers = range(whole) if given.verify else range(whole, len(plan))
        wrong = ["num-samples"] if given.verify and whole < len(plan) else []
        made = spread(_pairs, [(number,) for number in numbers])
        for number, pairs in zip(numbers, _shown(made, len(numbers)), strict=True):
            if not given.verify:
                database.add(plan.indices(number).start, pairs)
            elif database.pairs(plan.indices(number)) != pairs:
                wrong.append(f"shard {number}")
    return wrong


class _Maker:
    """One process's models, and what it makes with them."""

    def __init__(self, settings: Settings, model: str | None, query: Query) -> None:
        self._pool = ThreadPoolExecutor(1)
        self._model = Registry(settings).get(model)
        source = source_of(self._model, Verifiers(settings), self._pool)
        self.plan = Plan.of(source, query, settings.shard_samples, settings.max_pixels)
        self.identity = self.plan.etag(0, "tar", runtime(self._model))
        """Of all that shards are a function of: another machine may have other files, or round a pixel otherwise."""

    def __str__(self) -> str:
        return f"{self.plan.source.version} on {platform.node()}, {platform.machine()}, {runtime(self._model)}"

    def document(self, ending: str) -> dict[str, object]:
        """The set's index."""
        return self.plan.document(asyncio.run(self.plan.accepted(runner(self._model))), ending=ending)

    def shard(self, number: int, ending: str) -> bytes:
        """A shard's bytes."""
        return asyncio.run(self.plan.shard(number, ending, runner(self._model), aside(self._pool)))

    def pairs(self, number: int) -> list[tuple[bytes, str]]:
        """A shard's pictures and texts."""
        return asyncio.run(self.plan.pairs(number, runner(self._model)))


_here: _Maker
"""This process's."""


def _prepare(settings: Settings, model: str | None, query: Query, identity: str | None = None) -> None:
    global _here
    _here = _Maker(settings, model, query)
    if identity and _here.identity != identity:
        raise OtherShardsError(f"a node would make other shards than are made here: {_here}")


def _shard(number: int, ending: str) -> bytes:
    return _here.shard(number, ending)


def _pairs(number: int) -> list[tuple[bytes, str]]:
    return _here.pairs(number)


def _shown(made: Iterable[T], whole: int) -> Iterator[T]:
    """The same, while a line on the terminal tells how far it is."""
    began, shown = time.monotonic(), sys.stderr.isatty()
    for done, one in enumerate(made, start=1):
        yield one
        if shown:
            bar = "#" * (_WIDTH * done // whole)
            left = (time.monotonic() - began) / done * (whole - done)
            sys.stderr.write(f"\r[{bar:<{_WIDTH}}] {done} of {whole} shards, {left:.0f} s left ")
            sys.stderr.flush()
    if shown and whole:
        _say("")


def _say(line: str) -> None:
    sys.stderr.write(f"{line}\n")
