"""Ray Serve on a cluster of one node: requests batched in each replica."""

from __future__ import annotations

import os
import signal

import ray
from ray import serve
from starlette.requests import Request
from starlette.responses import Response

from benchmarks.peers.renderer import BATCH, WORKERS, Renderer, Vectors


@serve.deployment(num_replicas=WORKERS, max_ongoing_requests=4 * BATCH, ray_actor_options={"num_cpus": 1})
class GeneratorDeployment:
    """One session per replica."""

    def __init__(self) -> None:
        self.renderer = Renderer()

    @serve.batch(max_batch_size=BATCH, batch_wait_timeout_s=0.001)
    async def render_batch(self, requests: list[Vectors]) -> list[bytes]:
        """The pictures of a batch of requests."""
        return self.renderer.render_batch(requests)

    async def __call__(self, request: Request) -> Response:
        vectors = (await request.json())["codes"]
        return Response(await self.render_batch(vectors), media_type="image/png")


if __name__ == "__main__":
    variables = {name: os.environ[name] for name in ("MODEL", "WORKERS", "PYTHONPATH")}
    # Ray's CPUs are logical: they limit what it schedules, so the node may declare more than the machine has.
    ray.init(num_cpus=WORKERS + 2, include_dashboard=False, runtime_env={"env_vars": variables}, log_to_driver=False)
    serve.start(http_options={"host": "127.0.0.1", "port": int(os.environ["PORT"])})
    serve.run(GeneratorDeployment.bind(), route_prefix="/generate")
    signal.sigwait({signal.SIGTERM, signal.SIGINT})
    serve.shutdown()
    ray.shutdown()
