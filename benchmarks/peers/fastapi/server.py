"""Plain FastAPI, done fairly: one shared session, and a route run off the loop, in the framework's own thread pool."""

from __future__ import annotations

from fastapi import FastAPI, Response
from pydantic import BaseModel

from benchmarks.peers.work import Work


class Request(BaseModel):
    """The body."""

    codes: list[list[float]]


app = FastAPI()
work = Work()


@app.post("/generate")
def generate(request: Request) -> Response:
    """Run in a thread of the pool, because it is no coroutine."""
    return Response(work.one(request.codes), media_type="image/png")
