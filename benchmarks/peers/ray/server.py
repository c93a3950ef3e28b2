"""Ray Serve on a cluster of one node: requests batched in each replica."""

from __future__ import annotations

import os
import signal

import ray
from ray import serve
from starlette.requests import Request
from starlette.responses import Response

from benchmarks.peers.work import BATCH, WORKERS, Vectors, Work


@serve.deployment(num_replicas=WORKERS, max_ongoing_requests=4 * BATCH, ray_actor_options={"num_cpus": 1})
class Draw:
    """One session a replica."""

    def __init__(self) -> None:
        self.work = Work()

    @serve.batch(max_batch_size=BATCH, batch_wait_timeout_s=0.001)
    async def draw(self, requests: list[Vectors]) -> list[bytes]:
        """A batch's pictures."""
        return self.work.many(requests)

    async def __call__(self, request: Request) -> Response:
        vectors = (await request.json())["codes"]
        return Response(await self.draw(vectors), media_type="image/png")


if __name__ == "__main__":
    variables = {name: os.environ[name] for name in ("MODEL", "WORKERS", "PYTHONPATH")}
    # Replicas wait for one another's sake alone, so a node may count more processors than it has.
    ray.init(num_cpus=WORKERS + 2, include_dashboard=False, runtime_env={"env_vars": variables}, log_to_driver=False)
    serve.start(http_options={"host": "127.0.0.1", "port": int(os.environ["PORT"])})
    serve.run(Draw.bind(), route_prefix="/generate")
    signal.sigwait({signal.SIGTERM, signal.SIGINT})
    serve.shutdown()
    ray.shutdown()
