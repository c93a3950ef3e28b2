"""The service on a cluster, by Ray Serve: `serve run service.cluster:app most=8 gpus=0.25`.

Each replica is the whole app with sessions of its own. The INKCODE_* variables of the process that starts it are set
in all replicas, so the models folder must be at the same path on every node. Ray itself answers 503 when its queue is
full, replaces replicas that die, and sends a request that had not reached such a replica to another one.
"""

import os
from typing import Any

from pydantic import BaseModel, ConfigDict, Field
from ray import serve
from ray.serve import Application
from starlette.types import ASGIApp


# No `from __future__ import annotations` in this module: Ray needs annotations as objects, not as strings.
class ScalingConfig(BaseModel):
    """The arguments of `serve run`, as NAME=VALUE."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    least: int = Field(1, ge=1)
    """Replicas, at least."""

    most: int = Field(4, ge=1)
    """Replicas, at most."""

    requests: int = Field(64, ge=1)
    """Requests that a replica should have, waiting or running; the autoscaler adds and removes replicas accordingly."""

    queue: int = Field(4096, ge=1)
    """Requests that may wait for a free replica; one more is answered 503."""

    cpus: float = Field(1.0, ge=0, allow_inf_nan=False)
    """Cores reserved for a replica; also the number of its inference threads, at least one."""

    gpus: float = Field(0.0, ge=0, allow_inf_nan=False)
    """GPUs reserved for a replica; a fraction means that replicas share one."""


def _build() -> ASGIApp:
    from service.app import from_environment  # inside the replica: the app cannot be pickled

    return from_environment()


def app(scaling: ScalingConfig) -> Application:
    """The Ray Serve application, with the replicas that `scaling` asks for."""
    variables = {name: value for name, value in os.environ.items() if name.startswith("INKCODE_")}
    variables.pop("INKCODE_GRPC_PORT", None)  # replicas on one node cannot share a port
    variables.setdefault("INKCODE_THREADS", str(max(1, int(scaling.cpus))))
    options: dict[str, Any] = {
        "num_cpus": scaling.cpus,
        "num_gpus": scaling.gpus,
        "runtime_env": {"env_vars": variables},
    }
    deployment = serve.deployment(
        serve.ingress(_build)(),
        name="inkcode",
        # Twice the target, so that the batches of a replica are full while new replicas start.
        max_ongoing_requests=2 * scaling.requests,
        max_queued_requests=scaling.queue,
        autoscaling_config={
            "min_replicas": scaling.least,
            "max_replicas": scaling.most,
            "target_ongoing_requests": scaling.requests,
        },
        ray_actor_options=options,
    )
    return deployment.bind()
