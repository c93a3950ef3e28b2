"""Work spread over a Ray cluster: the one that RAY_ADDRESS names or that runs here, else one of this machine alone.

Ray itself does again what was lost with a node. This package must be installed on every node.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import ray
from ray.exceptions import RayError, RayTaskError

from service.cluster.executor import AHEAD, ClusterError, Spread


@contextmanager
def cluster(prepare: Callable[..., None], prepared: tuple[object, ...]) -> Iterator[Spread]:
    """A task a core of the cluster; each of its processes calls `prepare` first.

    Raises:
        ConnectionError: there is no cluster at RAY_ADDRESS.
    """
    mine = not ray.is_initialized()
    if mine:
        ray.init(log_to_driver=False, logging_level="ERROR")
    try:
        task, common = ray.remote(num_cpus=1)(_do), ray.put((prepare, prepared))
        cores = int(ray.cluster_resources().get("CPU", 1))
        yield Spread(lambda work, *one: task.remote(common, work, one), _get, AHEAD * cores)
    finally:
        if mine:
            ray.shutdown()


def _get(made: Any) -> Any:
    try:
        return ray.get(made)
    except RayTaskError as error:
        raise error.cause from None  # what the work raised, as if it had done so here
    except RayError as error:
        raise ClusterError(str(error)) from error


_ready = False


def _do(
    common: tuple[Callable[..., None], tuple[object, ...]], work: Callable[..., Any], one: tuple[object, ...]
) -> Any:
    global _ready
    if not _ready:  # Ray's processes serve one job each
        prepare, prepared = common
        prepare(*prepared)
        _ready = True
    return work(*one)
