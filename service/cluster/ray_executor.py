"""Runs calls as Ray tasks: on the cluster at RAY_ADDRESS or the one running here, else on a new local one.

Ray repeats the tasks that were lost with a node. This package must be installed on every node.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import ray
from ray.exceptions import RayError, RayTaskError

from service.cluster.executor import AHEAD_PER_PROCESS, ClusterError, OrderedExecutor


@contextmanager
def ray_cluster(initializer: Callable[..., None], initargs: tuple[object, ...]) -> Iterator[OrderedExecutor]:
    """An executor with one task per core of the cluster; each of Ray's processes calls `initializer` first.

    Raises:
        ConnectionError: there is no cluster at RAY_ADDRESS.
    """
    started_here = not ray.is_initialized()
    if started_here:
        ray.init(log_to_driver=False, logging_level="ERROR")
    try:
        task, shared = ray.remote(num_cpus=1)(_call), ray.put((initializer, initargs))
        cores = int(ray.cluster_resources().get("CPU", 1))
        yield OrderedExecutor(
            lambda function, *args: task.remote(shared, function, args), _result, AHEAD_PER_PROCESS * cores
        )
    finally:
        if started_here:
            ray.shutdown()


def _result(reference: Any) -> Any:
    try:
        return ray.get(reference)
    except RayTaskError as error:
        raise error.cause from None  # the function's own exception, as if it had been called in this process
    except RayError as error:
        raise ClusterError(str(error)) from error


_initialized = False


def _call(
    shared: tuple[Callable[..., None], tuple[object, ...]], function: Callable[..., Any], args: tuple[object, ...]
) -> Any:
    global _initialized
    if not _initialized:  # a process of Ray belongs to one job, so to one initializer
        initializer, initargs = shared
        initializer(*initargs)
        _initialized = True
    return function(*args)
