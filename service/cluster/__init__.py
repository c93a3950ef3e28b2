"""Ray: the service on Ray Serve (`serve run service.cluster:app`) and shards on Ray tasks; local processes likewise.

Ray is an extra, so nothing is imported before it is asked for.
"""

from __future__ import annotations

from typing import Any

__all__ = ["app"]


def __getattr__(name: str) -> Any:
    if name != "app":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from service.cluster.ray_serve import app

    return app
