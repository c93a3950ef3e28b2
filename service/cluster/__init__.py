"""Several processes or nodes: the service on Ray Serve (`serve run service.cluster:app`), and executors for shards.

Ray is an optional dependency, so the app is imported only when it is used.
"""

from __future__ import annotations

from typing import Any

__all__ = ["app"]


def __getattr__(name: str) -> Any:
    if name != "app":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from service.cluster.ray_serve import app

    return app
