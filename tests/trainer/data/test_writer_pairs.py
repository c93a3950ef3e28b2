import pytest
import torch

from trainer.data.writer_pairs import WriterPairSampler, WriterPairsConfig

WRITERS = torch.arange(200) // 20  # of ten writers
LABELS = torch.cat([torch.zeros(100, dtype=torch.long), torch.arange(100) % 4]).view(2, 100).T.reshape(-1)  # many zeros


def sampler(seed=0, **config):
    return WriterPairSampler(LABELS, WRITERS, 64, seed, WriterPairsConfig(**config))


def test_the_two_images_of_a_pair_are_by_one_writer_and_differ_in_their_label():
    pairs = torch.cat([sampler().indices(step) for step in range(50)]).view(-1, 2)
    assert torch.equal(WRITERS[pairs[:, 0]], WRITERS[pairs[:, 1]])
    assert (LABELS[pairs[:, 0]] != LABELS[pairs[:, 1]]).float().mean() > 0.95
    assert len(pairs.unique()) == 200


def test_the_batch_of_a_step_depends_on_seed_and_step_only():
    one, other = sampler(), sampler()
    other.indices(3)
    assert torch.equal(one.indices(7), other.indices(7))
    assert not torch.equal(one.indices(7), one.indices(8))
    assert not torch.equal(one.indices(7), sampler(seed=1).indices(7))


@pytest.mark.parametrize(("label_balance", "expected"), [(0.0, 0.625), (1.0, 0.25)])
def test_labels_are_as_frequent_as_asked(label_balance, expected):
    first = torch.cat([sampler(label_balance=label_balance).indices(step)[::2] for step in range(100)])
    assert (LABELS[first] == 0).float().mean().item() == pytest.approx(expected, abs=0.03)


def test_a_writer_of_one_label_pairs_images_of_it():
    alone = WriterPairSampler(
        torch.zeros(5, dtype=torch.long), torch.zeros(5, dtype=torch.long), 4, 0, WriterPairsConfig()
    )
    assert alone.indices(0).shape == (4,)


def test_an_odd_batch_is_refused():
    with pytest.raises(ValueError, match="batch: 5 is odd"):
        WriterPairSampler(LABELS, WRITERS, 5, 0, WriterPairsConfig())
