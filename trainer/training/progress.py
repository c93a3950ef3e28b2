"""The logs of a run: a progress bar, TensorBoard scalars and an append-only `stats.jsonl`."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn
from torch.utils.tensorboard import SummaryWriter


class NullLogger:
    """Logs nothing: the logger of every process but the main one."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        pass

    def log(self, line: str) -> None:
        """Print one line."""

    def tick(self, kimg: float, losses: Mapping[str, float]) -> None:
        """Log the mean `losses` since the last tick, by name, at `kimg`."""


class ProgressLogger(NullLogger):
    """Logs to the run's folder and the terminal; a context manager.

    `total` is the length of the run and `start` the point where it begins or resumes, both in kimg.
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
        self._last_tick = (start, time.monotonic())

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._progress.stop()
        self._board.close()

    def log(self, line: str) -> None:
        """Print one line above the progress bar."""
        self._progress.console.print(line, highlight=False)

    def tick(self, kimg: float, losses: Mapping[str, float]) -> None:
        """See `NullLogger.tick`; also logs the images per second since the last tick."""
        now = time.monotonic()
        rate = (kimg - self._last_tick[0]) * 1000 / max(now - self._last_tick[1], 1e-9)
        self._last_tick = (kimg, now)
        short = "  ".join(f"{name.rpartition('/')[2]} {value:.2f}" for name, value in losses.items())
        self._progress.update(self._task, completed=kimg, rate=rate, losses=short)
        if not self._progress.console.is_terminal:  # a log file shows the bar only once, at the end
            self.log(f"{kimg:.0f} kimg  {rate:.0f} images/s  {short}")
        for name, value in losses.items():
            self._board.add_scalar(name, value, round(kimg * 1000))
        self._board.add_scalar("speed/images_per_second", rate, round(kimg * 1000))
        with self._stats_path.open("a", encoding="utf-8") as stats:
            stats.write(json.dumps({"kimg": round(kimg, 3), "images_per_second": round(rate, 1), **losses}) + "\n")
