"""`python -m service dataset`: a data set as files, the same ones that `/datasets` answers, made on every core."""

from __future__ import annotations

import argparse
import asyncio
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from importlib.util import find_spec
from multiprocessing import get_context
from pathlib import Path
from typing import TypeVar

from pydantic import ValidationError

from latent import CodeError
from service.datasets import folder, options
from service.datasets.folder import FolderError
from service.datasets.formats import FORMATS, MissingError
from service.datasets.plan import Plan, name
from service.datasets.query import Query
from service.engine.registry import NotReadyError, Registry, UnknownModelError
from service.engine.verifier import Verifiers
from service.settings import Settings
from service.sources import aside, runner, source_of

T = TypeVar("T")

_AHEAD = 8  # shards a process
_WIDTH = 40
_FAULTS = (CodeError, FolderError, MissingError, NotReadyError, UnknownModelError, OSError)


def run(given: argparse.Namespace, settings: Settings) -> int:
    """Write or verify a data set; the exit status: 0 done, 1 failed with the reason on stderr."""
    try:
        query = options.query(given)
        settings = settings.model_copy(update={"workers": given.processes})  # which share the cores
        _prepare(settings, given.model, query)
        with _everywhere(given.processes, (settings, given.model, query)) as everywhere:
            wrong = (_lmdb if given.format == options.LMDB else _files)(given, everywhere)
    except ValidationError as error:
        _say("; ".join(f"error: {e['loc'][0]} is {e['input']!r}: {e['msg']}" for e in error.errors()))
        return 1
    except _FAULTS as error:
        _say(f"error: {error}")
        return 1
    for file in wrong:
        _say(f"error: {file} is not what it should be")
    return 1 if wrong else 0


def _files(given: argparse.Namespace, everywhere: _Everywhere) -> list[str]:
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
        same = everywhere(partial(_same, given.out), [(file, *files[file]) for file in there])
        return lacking + [file for file, good in zip(there, _shown(same, len(there)), strict=True) if not good]
    made = everywhere(partial(_write, given.out), [(file, *files[file]) for file in lacking])
    for _ in _shown(made, len(lacking)):
        pass
    return []


def _lmdb(given: argparse.Namespace, everywhere: _Everywhere) -> list[str]:
    """The same of a set in one database, which grows in order."""
    plan = _here.plan
    if find_spec("lmdb") is None:
        raise MissingError("lmdb is not installed: pip install 'inkcode[datasets]'")
    from service.datasets.lmdb import Writer  # an extra

    folder.begin(given.out, _here.document(options.LMDB), plan)
    with Writer(given.out) as database:
        whole = len(database) // plan.query.size if len(database) < plan.query.n else len(plan)
        numbers = range(whole) if given.verify else range(whole, len(plan))
        wrong = ["num-samples"] if given.verify and whole < len(plan) else []
        made = everywhere(_pairs, [(number,) for number in numbers])
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


def _prepare(settings: Settings, model: str | None, query: Query) -> None:
    global _here
    _here = _Maker(settings, model, query)


def _write(out: Path, file: str, number: int, ending: str) -> None:
    folder.replace(out / file, _here.shard(number, ending))


def _same(out: Path, file: str, number: int, ending: str) -> bool:
    return (out / file).read_bytes() == _here.shard(number, ending)


def _pairs(number: int) -> list[tuple[bytes, str]]:
    return _here.pairs(number)


class _Everywhere:
    """Calls a function for each of many arguments, in processes where there are several; gives its answers in order."""

    def __init__(self, pool: ProcessPoolExecutor | None, processes: int) -> None:
        self._pool, self._window = pool, _AHEAD * processes

    def __call__(self, work: Callable[..., T], arguments: Sequence[tuple[object, ...]]) -> Iterator[T]:
        for start in range(0, len(arguments), self._window):  # so that answers that nobody took yet stay few
            columns = list(zip(*arguments[start : start + self._window], strict=True))
            yield from self._pool.map(work, *columns) if self._pool else map(work, *columns)


@contextmanager
def _everywhere(processes: int, prepared: tuple[Settings, str | None, Query]) -> Iterator[_Everywhere]:
    if processes == 1:
        yield _Everywhere(None, 1)
        return
    # Spawned: a session's threads do not come along with a fork.
    pool = ProcessPoolExecutor(processes, get_context("spawn"), initializer=_prepare, initargs=prepared)
    try:
        yield _Everywhere(pool, processes)
    finally:
        pool.shutdown(cancel_futures=True)


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
