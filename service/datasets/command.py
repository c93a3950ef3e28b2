"""`python -m service dataset`: writes a data set as files, byte for byte those that `/datasets` serves.

The shards are made on all cores of this machine, or of a Ray cluster.
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
from service.cluster.executor import ClusterError, OrderedExecutor, local_processes
from service.datasets import command_options, index, output_folder
from service.datasets.corpora import Corpus, no_corpora
from service.datasets.default_model import default_model
from service.datasets.engine_adapter import dataset_source, generate_with, run_in, runtime_fingerprint
from service.datasets.formats.registry import DATASET_FORMATS, MissingDependencyError
from service.datasets.output_folder import FolderError
from service.datasets.plan import DatasetPlan, shard_name
from service.datasets.spec import DatasetSpec
from service.engine.repository.models import ModelRepository, NotReadyError, UnknownModelError
from service.engine.repository.verifiers import VerifierRepository
from service.settings import Settings

T = TypeVar("T")

_BAR_WIDTH = 40  # characters


class NodeMismatchError(RuntimeError):
    """A node of a cluster would make other shards than this machine; the message says which node."""


_FAILURES = (
    ClusterError,
    CodeError,
    FolderError,
    MissingDependencyError,
    NodeMismatchError,
    NotReadyError,
    UnknownModelError,
    OSError,
)


def run(arguments: argparse.Namespace, settings: Settings) -> int:
    """Write or verify a data set. Returns the exit status: 0, or 1 after printing the reason to stderr."""
    try:
        corpus = command_options.read_corpus(arguments)
        spec = command_options.dataset_spec(arguments, corpus)
        with _executor(arguments, settings, spec, corpus) as executor:
            write = _write_lmdb if arguments.format == command_options.LMDB else _write_files
            wrong = write(arguments, executor)
    except ValidationError as error:
        _print("; ".join(f"error: {e['loc'][0]} is {e['input']!r}: {e['msg']}" for e in error.errors()))
        return 1
    except _FAILURES as error:
        _print(f"error: {error}")
        return 1
    for file in wrong:
        _print(f"error: {file} is not what it should be")
    return 1 if wrong else 0


@contextmanager
def _executor(
    arguments: argparse.Namespace, settings: Settings, spec: DatasetSpec, corpus: Corpus | None
) -> Iterator[OrderedExecutor]:
    """What makes the shards. Initialises this process's builder too."""
    if arguments.engine == command_options.LOCAL:
        processes = arguments.processes or os.cpu_count() or 1
        settings = settings.model_copy(update={"workers": processes})  # so that they share the cores
        _initialize(settings, arguments.model, spec, corpus)
        with local_processes(processes, _initialize, (settings, arguments.model, spec, corpus)) as executor:
            yield executor
        return
    if arguments.processes:
        raise CodeError(
            "processes", arguments.processes, "cannot be combined with --engine ray, which runs one process per core"
        )
    if find_spec("ray") is None:
        raise MissingDependencyError("ray is not installed: pip install 'inkcode[ray]'")
    from service.cluster.ray_executor import ray_cluster  # imports Ray, which is optional

    settings = settings.model_copy(update={"threads": 1, "models": settings.models.absolute()})
    _initialize(settings, arguments.model, spec, corpus)
    with ray_cluster(_initialize, (settings, arguments.model, spec, corpus, _builder.fingerprint)) as executor:
        yield executor


def _write_files(arguments: argparse.Namespace, executor: OrderedExecutor) -> list[str]:
    """Write the files that are missing; or, with `--verify`, return the names of the files that are wrong."""
    plan = _builder.plan
    endings = DATASET_FORMATS[arguments.format]
    for ending in endings:
        plan.format(ending)
    output_folder.prepare(arguments.out, _builder.index_document(endings[0]), plan)
    files = {shard_name(number, ending): (number, ending) for number in range(len(plan)) for ending in endings}
    missing = output_folder.missing_files(arguments.out, files)
    if arguments.verify:
        present = [file for file in files if file not in set(missing)]
        shards = _with_progress(executor.map(_make_shard, [files[file] for file in present]), len(present))
        pairs = zip(present, shards, strict=True)
        return missing + [file for file, content in pairs if (arguments.out / file).read_bytes() != content]
    shards = _with_progress(executor.map(_make_shard, [files[file] for file in missing]), len(missing))
    for file, content in zip(missing, shards, strict=True):
        output_folder.write_atomically(arguments.out / file, content)
    return []


def _write_lmdb(arguments: argparse.Namespace, executor: OrderedExecutor) -> list[str]:
    """The same for a data set in one database, to which shards are added in order."""
    plan = _builder.plan
    if plan.spec.sample_kind == "pages":
        plan.format("mdb")
    if find_spec("lmdb") is None:
        raise MissingDependencyError("lmdb is not installed: pip install 'inkcode[datasets]'")
    from service.datasets.formats.lmdb import LmdbWriter  # imports lmdb, which is optional

    output_folder.prepare(arguments.out, _builder.index_document(command_options.LMDB), plan)
    with LmdbWriter(arguments.out) as database:
        present = len(database) // plan.spec.size if len(database) < plan.spec.n else len(plan)
        numbers = range(present) if arguments.verify else range(present, len(plan))
        wrong = ["num-samples"] if arguments.verify and present < len(plan) else []
        shards = _with_progress(executor.map(_make_pairs, [(number,) for number in numbers]), len(numbers))
        for number, pairs in zip(numbers, shards, strict=True):
            if not arguments.verify:
                database.add(plan.indices(number).start, pairs)
            elif database.pairs(plan.indices(number)) != pairs:
                wrong.append(f"shard {number}")
    return wrong


class _ShardBuilder:
    """The models of one process, and the plan of the data set that it makes with them."""

    def __init__(self, settings: Settings, model: str | None, spec: DatasetSpec, corpus: Corpus | None = None) -> None:
        self._pool = ThreadPoolExecutor(1)
        repository = ModelRepository(settings)
        self._model = repository.get(model or default_model(model.card for model in repository.models.values()))
        source = dataset_source(self._model, VerifierRepository(settings), self._pool)
        find_corpus = (lambda id_: corpus.texts) if corpus else no_corpora
        self.plan = DatasetPlan.create(source, spec, settings.shard_samples, settings.max_pixels, find_corpus)
        self.fingerprint = self.plan.digest(0, "tar", runtime_fingerprint(self._model))
        """Digest of all that decides the shards: another node may have other files, or round pixels differently."""

    def __str__(self) -> str:
        runtime = runtime_fingerprint(self._model)
        return f"{self.plan.source.version} on {platform.node()}, {platform.machine()}, {runtime}"

    def index_document(self, ending: str) -> bytes:
        """The index of the data set."""
        acceptance_rate = asyncio.run(self.plan.acceptance_rate(generate_with(self._model), run_in(self._pool)))
        return index.document(
            self.plan, acceptance_rate, output_folder.CHARSET, lambda number: shard_name(number, ending)
        )

    def shard(self, number: int, ending: str) -> bytes:
        """The bytes of a shard."""
        return asyncio.run(self.plan.shard(number, ending, generate_with(self._model), run_in(self._pool)))

    def pairs(self, number: int) -> list[tuple[bytes, str]]:
        """The pictures of a shard, as PNG files, each with its label."""
        return asyncio.run(self.plan.pairs(number, generate_with(self._model), run_in(self._pool)))


_builder: _ShardBuilder
"""The builder of this process, set by `_initialize`."""


def _initialize(
    settings: Settings,
    model: str | None,
    spec: DatasetSpec,
    corpus: Corpus | None = None,
    fingerprint: str | None = None,
) -> None:
    global _builder
    _builder = _ShardBuilder(settings, model, spec, corpus)
    if fingerprint and _builder.fingerprint != fingerprint:
        raise NodeMismatchError(f"a node would make other shards than are made here: {_builder}")


def _make_shard(number: int, ending: str) -> bytes:
    return _builder.shard(number, ending)


def _make_pairs(number: int) -> list[tuple[bytes, str]]:
    return _builder.pairs(number)


def _with_progress(shards: Iterable[T], total: int) -> Iterator[T]:
    """The same shards, with a progress bar if stderr is a terminal."""
    began, is_terminal = time.monotonic(), sys.stderr.isatty()
    for done, shard in enumerate(shards, start=1):
        yield shard
        if is_terminal:
            bar = "#" * (_BAR_WIDTH * done // total)
            left = (time.monotonic() - began) / done * (total - done)
            sys.stderr.write(f"\r[{bar:<{_BAR_WIDTH}}] {done} of {total} shards, {left:.0f} s left ")
            sys.stderr.flush()
    if is_terminal and total:
        _print("")


def _print(line: str) -> None:
    sys.stderr.write(f"{line}\n")
