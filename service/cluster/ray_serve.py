"""The service on a cluster, by Ray Serve: `serve run service.cluster:app most=8 gpus=0.25`.

Each replica is the whole app with sessions of its own; the INKCODE_* variables of whoever starts it hold in all of
them, and so the models folder must be found at the same path on every node. Ray itself answers 503 when too much
waits, replaces replicas that die, and gives a request that had not yet reached one to another.
"""

import os
from typing import Any

from pydantic import BaseModel, ConfigDict, Field
from ray import serve
from ray.serve import Application
from starlette.types import ASGIApp


# Annotations stay objects here, not strings: Ray reads them.
class Scale(BaseModel):
    """What `serve run` takes as NAME=VALUE."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    least: int = Field(1, ge=1)
    """Replicas there are at least."""

    most: int = Field(4, ge=1)
    """Replicas there are at most."""

    requests: int = Field(64, ge=1)
    """Requests a replica should have, waiting or in work: more of them bring more replicas, fewer take some away."""

    queue: int = Field(4096, ge=1)
    """Requests that may wait for a replica to be free; one more is answered 503."""

    cpus: float = Field(1.0, ge=0, allow_inf_nan=False)
    """Cores a replica is counted as; also the threads of its sessions, at least one."""

    gpus: float = Field(0.0, ge=0, allow_inf_nan=False)
    """GPUs a replica is counted as; a fraction shares one with others."""


def _build() -> ASGIApp:
    from service.app import from_environment  # in the replica: what it makes cannot travel

    return from_environment()


def app(scale: Scale) -> Application:
    """What Ray is to run."""
    variables = {name: value for name, value in os.environ.items() if name.startswith("INKCODE_")}
    variables.setdefault("INKCODE_THREADS", str(max(1, int(scale.cpus))))
    options: dict[str, Any] = {
        "num_cpus": scale.cpus,
        "num_gpus": scale.gpus,
        "runtime_env": {"env_vars": variables},
    }
    deployment = serve.deployment(
        serve.ingress(_build)(),
        name="inkcode",
        # Twice what is aimed at, so that a replica's own batches are full while new replicas start.
        max_ongoing_requests=2 * scale.requests,
        max_queued_requests=scale.queue,
        autoscaling_config={
            "min_replicas": scale.least,
            "max_replicas": scale.most,
            "target_ongoing_requests": scale.requests,
        },
        ray_actor_options=options,
    )
    return deployment.bind()
