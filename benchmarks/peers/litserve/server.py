"""LitServe as its documentation recommends for many small requests: batching and the fast queue."""

from __future__ import annotations

import os

import litserve
from fastapi import Response

from benchmarks.peers.renderer import BATCH, WORKERS, Renderer, Vectors


class GeneratorAPI(litserve.LitAPI):
    """A batch is a list of the requests' vectors; they have different lengths and cannot be stacked."""

    def setup(self, device: str) -> None:
        self.renderer = Renderer()

    def decode_request(self, request) -> Vectors:  # no annotation: LitServe would read it as a request schema
        return request["codes"]

    def batch(self, inputs: list[Vectors]) -> list[Vectors]:
        return inputs

    def predict(self, requests: list[Vectors]) -> list[bytes]:
        return self.renderer.render_batch(requests)

    def unbatch(self, output: list[bytes]) -> list[bytes]:
        return output

    def encode_response(self, output: bytes) -> Response:
        return Response(output, media_type="image/png")


if __name__ == "__main__":
    server = litserve.LitServer(
        GeneratorAPI(max_batch_size=BATCH, batch_timeout=0.001, api_path="/generate"),
        accelerator="cpu",
        workers_per_device=WORKERS,
        fast_queue=True,
    )
    server.run(host="127.0.0.1", port=int(os.environ["PORT"]), log_level="warning", generate_client_file=False)
