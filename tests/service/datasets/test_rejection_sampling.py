"""Rejection sampling: batches of fixed shapes, and the same result each time."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from latent import codes
from service.datasets.rejection_sampling import BATCH_ROWS, MAX_ATTEMPTS, RETRY_BATCH_ROWS, sample_glyphs

MakeLab = Callable[..., Any]


def test_a_sample_is_what_generate_draws_for_it(lab: Any) -> None:
    lab.samples(n=70, seed=3)
    rows = np.concatenate(lab.batches)
    assert len(rows) == 2 * BATCH_ROWS
    expected = codes.draw(lab.spec, 3, range(70))
    np.testing.assert_array_equal(rows[:70, :62], expected[:, :62])
    np.testing.assert_array_equal(rows[:70, 72:], expected[:, 72:])


def test_a_glyph_read_as_another_label_is_drawn_again(make_lab: MakeLab) -> None:
    kept = make_lab(least=0.0).samples(n=200, seed=1)
    facts = [sample.facts for sample in kept]
    assert all(fact["reading"] == fact["label"] and fact["accepted"] for fact in facts)
    assert all(fact["confidence"] == pytest.approx(0.9) for fact in facts)
    attempts = np.array([fact["attempt"] for fact in facts])
    assert (attempts == 0).mean() == pytest.approx(0.5, abs=0.12)
    assert attempts.max() > 2
    plain = make_lab().samples(n=200, seed=1)
    same = [a.picture.tolist() == b.picture.tolist() for a, b in zip(kept, plain, strict=True)]
    assert same == (attempts == 0).tolist()  # a glyph accepted at the first attempt is the one drawn without a verifier


def test_a_glyph_read_as_a_look_alike_is_kept(make_lab: MakeLab) -> None:
    mirrored = np.eye(10, dtype=np.bool_) | np.eye(10, dtype=np.bool_)[::-1]  # a misread 0 is read as 9, and so on
    kept = make_lab(least=0.0, confusable=mirrored).samples(n=100, seed=1, min_confidence=0.4)
    assert all(sample.facts["accepted"] and sample.facts["attempt"] == 0 for sample in kept)
    assert {sample.facts["reading"] == sample.facts["label"] for sample in kept} == {True, False}
    sure = make_lab(least=0.0, confusable=mirrored).samples(n=100, seed=1, min_confidence=0.6)
    assert all(sample.facts["reading"] == sample.facts["label"] for sample in sure)  # the misread ones have 0.45


def test_a_sample_is_the_same_in_shards_of_any_size(make_lab: MakeLab) -> None:
    large = make_lab(least=0.0).samples(n=150, size=150, seed=2)
    small = make_lab(least=0.0).samples(n=40, size=40, seed=2)
    assert [sample.facts for sample in large[:40]] == [sample.facts for sample in small]
    assert [sample.png for sample in large[:40]] == [sample.png for sample in small]


def test_after_the_last_attempt_the_best_one_is_kept(make_lab: MakeLab) -> None:
    lab = make_lab(least=100.0)
    samples = lab.samples(n=5, seed=1)
    assert len(lab.batches) == MAX_ATTEMPTS
    assert not any(sample.facts["accepted"] for sample in samples)


def test_retries_run_in_small_batches(make_lab: MakeLab) -> None:
    lab = make_lab(least=1.5)
    lab.samples(n=70, seed=1)
    sizes = [len(batch) for batch in lab.batches]
    assert sizes[:2] == [BATCH_ROWS, BATCH_ROWS]
    assert set(sizes[2:]) == {RETRY_BATCH_ROWS}


def test_a_confidence_of_zero_verifies_nothing(make_lab: MakeLab) -> None:
    lab = make_lab(least=100.0)
    (sample,) = lab.samples(n=1, min_confidence=0)
    assert len(lab.batches) == 1
    assert "reading" not in sample.facts


def test_a_failing_batch_cancels_the_others(lab: Any) -> None:
    calls = []

    async def generate(latents: Any) -> Any:
        calls.append(len(latents))
        await asyncio.sleep(0.01)
        raise RuntimeError("broken")

    labels = np.zeros(1000, np.intp)

    def propose(glyphs: Any, attempt: int) -> Any:
        return np.zeros((len(glyphs), 3), np.float32)

    with pytest.raises(RuntimeError, match="broken"):
        asyncio.run(sample_glyphs(labels, propose, generate, None, asyncio.to_thread))
    assert len(calls) <= 4  # of sixteen
