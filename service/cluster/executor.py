"""Runs a function for many arguments in several processes, and returns the results in order."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import contextmanager
from multiprocessing import get_context
from typing import Any, TypeVar

T = TypeVar("T")

AHEAD_PER_PROCESS = 8
"""Calls per process that may be submitted before their results are used: more would take memory, fewer could leave
processes idle."""


class ClusterError(RuntimeError):
    """A cluster failed, and its retries did not help; the message is the cluster's own."""


class OrderedExecutor:
    """Maps a function over arguments. `submit` starts a call, `result` waits for what `submit` returned.

    At most `ahead` calls are started before the result that is waited for.
    """

    def __init__(self, submit: Callable[..., Any], result: Callable[[Any], Any], ahead: int) -> None:
        self._submit, self._result, self._ahead = submit, result, ahead

    def map(self, function: Callable[..., T], arguments: Iterable[tuple[object, ...]]) -> Iterator[T]:
        """The results of `function(*args)` for each tuple of arguments, in order."""
        submitted: deque[Any] = deque()
        for args in arguments:
            submitted.append(self._submit(function, *args))
            if len(submitted) > self._ahead:
                yield self._result(submitted.popleft())
        while submitted:
            yield self._result(submitted.popleft())


@contextmanager
def local_processes(
    processes: int, initializer: Callable[..., None], initargs: tuple[object, ...]
) -> Iterator[OrderedExecutor]:
    """An executor on processes of this machine, each of which calls `initializer(*initargs)` first.

    With one process, calls run in this one, which must be initialised already.
    """
    if processes == 1:
        yield OrderedExecutor(lambda function, *args: function(*args), lambda result: result, 0)
        return
    # Spawned, not forked: a fork would not have the threads of this process's sessions.
    pool = ProcessPoolExecutor(processes, get_context("spawn"), initializer=initializer, initargs=initargs)
    try:
        yield OrderedExecutor(pool.submit, Future.result, AHEAD_PER_PROCESS * processes)
    finally:
        pool.shutdown(cancel_futures=True)
