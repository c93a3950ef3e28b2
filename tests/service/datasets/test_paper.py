"""Data sets of lines on paper: quads beside boxes, the same in any shard, refused for glyphs."""

from __future__ import annotations

import asyncio
import io
import json
import zipfile
from typing import Any

import numpy as np
import pytest

from latent import CodeError


def test_lines_on_paper_have_the_corners_of_their_characters(lab: Any) -> None:
    for sample in lab.samples(n=6, words="12-3", paper="photo", seed=3, masks=True):
        assert sample.picture.shape[2] == 3
        assert sample.mask.shape == sample.picture.shape[:2]
        assert len(sample.facts["quads"]) == len(sample.facts["boxes"]) == 4
        for (x, y, width, height), quad in zip(sample.boxes, sample.quads, strict=True):
            for across, down in quad:
                assert x - 0.01 <= across <= x + width + 0.01
                assert y - 0.01 <= down <= y + height + 0.01


def test_a_degradation_by_itself_needs_no_kind_of_paper(lab: Any) -> None:
    clean, noisy = (lab.samples(n=1, words="12", **more)[0] for more in ({"invert": True}, {"noise": 0.5}))
    assert noisy.picture.shape == clean.picture.shape
    assert 2 < abs(noisy.picture.astype(int) - clean.picture).mean() < 20
    assert clean.quads is None
    assert "quads" not in clean.facts


def test_a_line_on_paper_is_the_same_in_shards_of_any_size(lab: Any) -> None:
    query = {"words": "12,345", "n": 6, "paper": "notebook", "seed": 5}
    large = lab.samples(**query, size=6)
    plan = lab.plan(**query, size=5)
    glyphs = asyncio.run(plan.sample_glyphs(range(5, 6), lab.generate, asyncio.to_thread))
    (last,) = plan.samples(range(5, 6), glyphs)
    np.testing.assert_array_equal(last.picture, large[5].picture)


def test_the_paper_decides_the_digests_and_clean_ones_stay(lab: Any) -> None:
    plans = [lab.plan(words="1", **more) for more in ({}, {"paper": "clean"}, {"paper": "scan"}, {"blur": 0.2})]
    digests = [plan.set_digest("") for plan in plans]
    assert digests[0] == digests[1]
    assert len(set(digests)) == 3
    assert "paper=scan" in plans[2].path_options
    assert "blur=0.2" in plans[3].path_options


def test_an_image_folder_has_the_corners_as_a_column(lab: Any) -> None:
    parquet = pytest.importorskip("pyarrow.parquet")
    with zipfile.ZipFile(io.BytesIO(lab.shard(0, "zip", n=2, words="12", paper="scan"))) as archive:
        table = parquet.read_table(io.BytesIO(archive.read("000000/metadata.parquet"))).to_pylist()
    assert np.array(table[0]["quads"]).shape == (2, 4, 2)
    (sample, _) = lab.samples(n=2, words="12", paper="scan")
    assert table[0]["quads"] == json.loads(sample.facts_json)["quads"]


@pytest.mark.parametrize("query", [{"paper": "photo"}, {"noise": 0.1}, {"kind": "glyphs", "paper": "scan"}])
def test_glyphs_stand_on_no_paper(lab: Any, query: dict[str, Any]) -> None:
    with pytest.raises(CodeError, match="sets of lines"):
        lab.plan(**query)
