"""What takes long is not done on the event loop, whatever the limits."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from typing import Any

import pytest

from latent import codes
from service.datasets import writer_style


@pytest.fixture
def threads_of(monkeypatch: pytest.MonkeyPatch) -> Callable[[object, str], set[int]]:
    """Records the threads that call a function."""

    def record(owner: object, name: str) -> set[int]:
        threads: set[int] = set()
        function = getattr(owner, name)

        def recorded(*args: Any, **kwargs: Any) -> Any:
            threads.add(threading.get_ident())
            return function(*args, **kwargs)

        monkeypatch.setattr(owner, name, recorded)
        return threads

    return record


@pytest.mark.parametrize("query", [{}, {"pattern": r"\d{4}"}])
def test_latents_texts_and_bytes_are_drawn_in_a_thread(
    make_lab: Callable[..., Any], threads_of: Callable[[object, str], set[int]], query: dict[str, str]
) -> None:
    lab = make_lab(least=0.0)
    plan = lab.plan(n=100, size=100, **query)
    called = [threads_of(codes, "draw"), threads_of(type(plan.contents), "proposal")]
    called.append(threads_of(type(plan.contents), "samples"))
    asyncio.run(plan.shard(0, "tar", lab.generate, asyncio.to_thread))
    assert all(called)
    assert threading.get_ident() not in set().union(*called)


def test_a_writer_is_drawn_once_a_line(lab: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    drawn: list[list[int]] = []
    draw = codes.draw

    def recorded(spec: Any, seed: int, indices: Any, truncation: float | None = None) -> Any:
        drawn.append(list(indices))
        return draw(spec, seed, indices, truncation)

    monkeypatch.setattr(writer_style.codes, "draw", recorded)
    lab.samples(n=3, words="1111111")
    glyphs, writers = drawn
    assert len(glyphs) == 21
    assert writers == [0, 1, 2]
