"""Work spread over processes, its results in order."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import contextmanager
from multiprocessing import get_context
from typing import Any, TypeVar

T = TypeVar("T")

AHEAD = 8
"""Pieces of work a process that are given out or wait to be taken: more would be memory, fewer leave it idle."""


class ClusterError(RuntimeError):
    """A cluster failed, and doing it again did not help; the message is its own."""


class Spread:
    """Calls a function for each of many arguments; `submit` gives it out, `result` waits for what comes of it."""

    def __init__(self, submit: Callable[..., Any], result: Callable[[Any], Any], ahead: int) -> None:
        self._submit, self._result, self._ahead = submit, result, ahead

    def __call__(self, work: Callable[..., T], arguments: Iterable[tuple[object, ...]]) -> Iterator[T]:
        """The answers, in order; what lies more than `ahead` before the one that is taken has not begun."""
        given: deque[Any] = deque()
        for one in arguments:
            given.append(self._submit(work, *one))
            if len(given) > self._ahead:
                yield self._result(given.popleft())
        while given:
            yield self._result(given.popleft())


@contextmanager
def local(processes: int, prepare: Callable[..., None], prepared: tuple[object, ...]) -> Iterator[Spread]:
    """Processes of this machine, each of which calls `prepare` first; one alone is this one, which has done so."""
    if processes == 1:
        yield Spread(lambda work, *one: work(*one), lambda made: made, 0)
        return
    # Spawned: a session's threads do not come along with a fork.
    pool = ProcessPoolExecutor(processes, get_context("spawn"), initializer=prepare, initargs=prepared)
    try:
        yield Spread(pool.submit, Future.result, AHEAD * processes)
    finally:
        pool.shutdown(cancel_futures=True)
