"""`models`, `datasets`, `dataset` and `send_corpus` against a running service."""

from __future__ import annotations

import pickle
from collections.abc import Callable

import pytest
from inkcode_client import Client, Connection, ProblemError, Shard
from inkcode_client.shards import samples

from tests.client.conftest import Call, ScriptedServer


def test_models(call: Call) -> None:
    models = {model.name: model for model in call("models")}
    assert set(models) == {"mnist-infogan", "colour", "noise"}
    model = models["mnist-infogan"]
    assert (model.default, model.encoder, model.labels) == (True, True, tuple("0123456789"))
    assert len(model.sha256) == 64
    assert model.card["image"]["height"] == 2
    assert models["noise"].labels == ()


def test_datasets(call: Call) -> None:
    (drawable,) = call("datasets")
    assert (drawable.model, drawable.default, drawable.labels) == ("mnist-infogan", True, tuple("0123456789"))
    assert "tar" in drawable.formats


def test_a_dataset_and_its_shards(call: Call) -> None:
    dataset = call("dataset", n=50, size=20, labels=["3", "8"], codes={"c3": 0.5, "c2": (-0.5, 0.5)})
    assert (len(dataset), [shard.samples for shard in dataset.shards]) == (50, [20, 20, 10])
    found = samples(dataset.shards[2], call("shard", dataset.shards[2]))
    assert [sample.facts["index"] for sample in found] == list(range(40, 50))
    assert {sample.label for sample in found} == {"3", "8"}
    assert [dataset.charset[sample.class_index] for sample in found] == [sample.label for sample in found]
    assert all(sample.facts["codes"]["c3"] == 0.5 and abs(sample.facts["codes"]["c2"]) <= 0.5 for sample in found)
    assert found[0].image.shape == (2, 74)
    assert found[0].mask is found[0].mask_png is None


def test_lines_of_a_corpus_and_of_words_with_commas(call: Call) -> None:
    corpus = call("send_corpus", ["1,234", "56"])
    for parameters in ({"corpus": corpus}, {"words": ["1,234", "56"]}):
        dataset = call("dataset", "mnist-infogan", n=10, size=10, height=32, masks=True, **parameters)
        found = samples(dataset.shards[0], call("shard", dataset.shards[0]))
        assert {sample.label for sample in found} == {"1,234", "56"}
        assert found[0].class_index is None
        assert found[0].mask.shape == found[0].image.shape
        assert dataset.has_masks


def test_a_dataset_can_be_pickled_and_does_not_show_its_key(address: str) -> None:
    with Client(Connection(address, api_key="secret"), timeout=5) as client:
        dataset = client.dataset(n=10, size=10)
    assert pickle.loads(pickle.dumps(dataset)) == dataset  # noqa: S301 - of this test
    assert "secret" not in repr(dataset)
    assert dataset.connection.api_key == "secret"
    assert dataset.connection.timeout == 5


def test_a_shard_of_another_server_is_not_fetched(address: str) -> None:
    assert Connection("http://a/ink").resolve("/ink/datasets/x.tar") == "http://a/ink/datasets/x.tar"
    with Client(address, api_key="secret") as client, pytest.raises(ValueError, match="leads away"):
        client.shard(Shard("https://elsewhere/x.tar", 1))


def test_a_service_without_labels(call_at: Callable[..., Call], scripted: ScriptedServer) -> None:
    scripted.script = [(200, {}, b'{"default": null, "datasets": []}')]
    with pytest.raises(LookupError, match="no model with labels"):
        call_at(scripted.address)("dataset")


def test_a_parameter_that_does_not_fit(call: Call) -> None:
    with pytest.raises(ProblemError) as refused:
        call("dataset", n=0)
    assert (refused.value.field, refused.value.value) == ("n", "0")
