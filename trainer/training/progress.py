"""What a person watching a run sees: a progress bar, TensorBoard scalars and an append-only `stats.jsonl`."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn
from torch.utils.tensorboard import SummaryWriter


class Quiet:
    """The watch of a process that nobody watches: of all that train together, the first one speaks."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        pass

    def say(self, line: str) -> None:
        """Nothing."""

    def tick(self, kimg: float, losses: Mapping[str, float]) -> None:
        """Nothing."""


class Watch(Quiet):
    """Writes to the run's folder and to the terminal; a context manager.

    `total` is the run's length in kimg and `start` where it goes on from.
    """

    def __init__(self, folder: Path, total: float, start: float, console: Console) -> None:
        self._stats_path, self._start = folder / "stats.jsonl", start
        self._board = SummaryWriter(str(folder), purge_step=round(start * 1000))
        self._progress = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            TaskProgressColumn(),
            TextColumn("{task.completed:.0f}/{task.total:.0f} kimg"),
            TextColumn("{task.fields[rate]:.0f} images/s"),
            TimeRemainingColumn(),
            TextColumn("{task.fields[losses]}"),
            console=console,
        )
        self._task = self._progress.add_task(folder.name, total=total, completed=round(start), rate=0.0, losses="")
        self._last = (start, time.monotonic())

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._progress.stop()
        self._board.close()

    def say(self, line: str) -> None:
        """One line above the bar."""
        self._progress.console.print(line, highlight=False)

    def tick(self, kimg: float, losses: Mapping[str, float]) -> None:
        """Report the mean `losses` since the last tick, at `kimg`."""
        now = time.monotonic()
        rate = (kimg - self._last[0]) * 1000 / max(now - self._last[1], 1e-9)
        self._last = (kimg, now)
        short = "  ".join(f"{name.rpartition('/')[2]} {value:.2f}" for name, value in losses.items())
        self._progress.update(self._task, completed=kimg, rate=rate, losses=short)
        if not self._progress.console.is_terminal:  # a log: the bar would show at the very end alone
            self.say(f"{kimg:.0f} kimg  {rate:.0f} images/s  {short}")
        for name, value in losses.items():
            self._board.add_scalar(name, value, round(kimg * 1000))
        self._board.add_scalar("speed/images_per_second", rate, round(kimg * 1000))
        with self._stats_path.open("a", encoding="utf-8") as stats:
            stats.write(json.dumps({"kimg": round(kimg, 3), "images_per_second": round(rate, 1), **losses}) + "\n")
