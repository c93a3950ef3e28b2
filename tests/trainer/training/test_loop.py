import json
import math
from pathlib import Path

import pytest
import torch
from rich.console import Console
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from trainer.training import checkpoint, loop, state
from trainer.training.phase import DivergedError
from trainer.training.progress import ProgressLogger

INTERVALS = loop.Intervals(tick=0.1, snapshots=0.32, checkpoint=0.32)


def run(training, folder):
    with ProgressLogger(folder, training.recipe.kimg, training.kimg, Console(quiet=True)) as logger:
        loop.run(training, folder, logger, INTERVALS)


def test_a_run_writes_snapshots_stats_and_scalars(training, tmp_path):
    run(training, tmp_path)
    assert training.done
    assert checkpoint.load(tmp_path / checkpoint.FILE, training._images, training.device).done
    names = [path.name for path in sorted((tmp_path / "snapshots").iterdir())]
    assert names == [f"{kimg:06d}-{name}.png" for kimg in (0, 1) for name in ("c2", "c3", "samples")] + ["samples.gif"]
    stats = [json.loads(line) for line in (tmp_path / "stats.jsonl").read_text().splitlines()]
    assert [line["kimg"] for line in stats] == sorted(line["kimg"] for line in stats)
    assert stats[-1]["kimg"] == 0.64
    assert {"generator/generator-nonsaturating", "images_per_second"} <= stats[-1].keys()
    board = EventAccumulator(str(tmp_path)).Reload()
    scalars = board.Scalars("discriminator/discriminator-logistic")
    assert [event.step for event in scalars] == [round(1000 * line["kimg"]) for line in stats]


def test_a_loss_that_is_not_finite_stops_the_run_and_keeps_the_last_checkpoint(training, tmp_path):
    original = training.step

    def step():
        losses = original()
        if training.steps > 15:
            losses["generator/information-c1"] = torch.tensor(math.nan)
        return losses

    training.step = step
    with pytest.raises(DivergedError, match=r"kimg the loss 'information-c1' of phase 'generator' is nan"):
        run(training, tmp_path)
    assert checkpoint.load(tmp_path / checkpoint.FILE, training._images, training.device).steps == 10


@pytest.mark.parametrize("module", [loop, state])
def test_the_loop_and_the_state_name_no_gan(module):
    """Recipes define the systems; the loop must work unchanged for a new one."""
    text = Path(module.__file__).read_text("utf-8").lower()
    for word in ("infogan", "wgan", "hinge", "clustering"):
        assert word not in text
