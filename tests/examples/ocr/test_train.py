from functools import partial
from statistics import mean

import numpy as np
import pytest
import torch

from examples.ocr import lines, real_lines, stream, train
from examples.ocr.train import Config

# webdataset does not close curl's pipe; the garbage collector does, with a warning.
pytestmark = pytest.mark.filterwarnings("ignore:Exception ignored in. <_io.")


def test_a_batch_is_padded_to_its_widest_line():
    samples = [(np.full((32, width), 255, np.uint8), str(width)) for width in (10, 31, 20)]
    (pictures, texts), (last, _) = train.batches(samples, 2)
    assert texts == ["10", "31"]
    assert pictures.shape == (2, 1, 32, 32)  # an even number of columns, because a step has two
    assert pictures.sum(dim=(1, 2, 3)).tolist() == [320, 992]
    assert last.shape == (1, 1, 32, 20)


def test_the_loss_falls_on_a_stream_of_the_service(address):
    losses = []
    config = Config(lines=400, batch=8)
    query = {"n": 400, "size": 200, "seed": 1, "length": "2-3"}
    samples = stream.stream(address, "mnist-infogan", **query)
    train.train(samples, "0123456789", config, 1, lambda share, loss: losses.append(loss))
    assert len(losses) == 50
    assert mean(losses[-5:]) < mean(losses[:5]) / 2


def test_the_same_lines_and_seed_give_the_same_weights(mnist):
    def weights(seed):
        config = lines.Config(training=Config(lines=16, batch=8))
        samples = real_lines.lines(mnist, **config.query(16, 1))
        network = train.train(samples, mnist.label_names, config.training, seed, lambda *_: None)
        return torch.cat([parameter.flatten() for parameter in network.parameters()])

    assert torch.equal(weights(1), weights(1))
    assert not torch.equal(weights(1), weights(2))


def test_a_network_is_evaluated_on_lines_of_real_digits(mnist):
    config = lines.Config(test_lines=5, training=Config(lines=8, batch=4))
    progress = []
    score = lines.measure(partial(real_lines.lines, mnist), mnist, config, 1, lambda share, _: progress.append(share))
    assert progress == [0.5, 1]
    assert score.lines == 5
    assert score.characters == sum(len(text) for _, text in real_lines.lines(mnist, **config.query(5, lines.TEST_SEED)))
