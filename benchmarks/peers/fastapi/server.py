"""Plain FastAPI: one shared session, and a route that runs in the framework's thread pool, not on the event loop."""

from __future__ import annotations

from fastapi import FastAPI, Response
from pydantic import BaseModel

from benchmarks.peers.renderer import Renderer


class Request(BaseModel):
    """The request's body."""

    codes: list[list[float]]


app = FastAPI()
renderer = Renderer()


@app.post("/generate")
def generate(request: Request) -> Response:
    """Not a coroutine, so FastAPI runs it in the thread pool."""
    return Response(renderer.render(request.codes), media_type="image/png")
