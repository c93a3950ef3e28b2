"""The measurements as Markdown tables."""

from __future__ import annotations

import hashlib
import os
import platform
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.loads import Measurement
from benchmarks.systems import SystemUnderTest

REFUSALS = (429, 503)
"""Statuses by which a server refuses a request that it has no capacity for."""


@dataclass
class Outcome:
    """The results of one system: `failed`, why it could not be measured, or its measurements by the load's title.

    `start` is the seconds from its start to its first answer.
    """

    system: SystemUnderTest
    failed: str = ""
    versions: str = ""
    start: float = 0.0
    measured: dict[str, Measurement] = field(default_factory=dict)

    @property
    def peak(self) -> float:
        """The highest rate of single images in a closed loop, requests/s; 0 if it was not measured."""
        rates = (m.result.rate for m in self.measured.values() if m.load.sizes == (1,) and m.load.rate is None)
        return max(rates, default=0.0)


def table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """A Markdown table: the first column is aligned left, the others right."""
    lines = [head, ["---", *["---:"] * (len(head) - 1)], *rows]
    return "\n".join(f"| {' | '.join(map(str, line))} |" for line in lines) + "\n"


def model_version(model: Path) -> str:
    """A generator's name and the first 12 digits of its file's SHA-256."""
    return f"`{model.stem}` ({hashlib.sha256(model.read_bytes()).hexdigest()[:12]})"


def machine() -> str:
    """The hardware, the software and the load average before the measurement."""
    cpus = [line for line in Path("/proc/cpuinfo").read_text().splitlines() if line.startswith("model name")]
    name = cpus[0].partition(":")[2].strip() if cpus else platform.machine()
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return (
        f"{name}, {len(os.sched_getaffinity(0))} cores, {memory:.0f} GB of memory; {platform.system()} "
        f"{platform.release()}, Python {platform.python_version()}; load average before: {os.getloadavg()[0]:.2f}"
    )


def load_sections(outcomes: Sequence[Outcome]) -> Iterator[str]:
    """A heading and a table for each load, in the order of measurement."""
    titles = dict.fromkeys(title for outcome in outcomes for title in outcome.measured)
    head = [
        "",
        "requests/s",
        "images/s",
        "p50 ms",
        "p99 ms",
        "refused",
        "failed",
        "CPU us per image",
        "MB",
        "client's CPU",
    ]
    for title in titles:
        yield f"## {title[0].upper()}{title[1:]}\n"
        yield table(head, [_row(o.system.name, o.measured[title]) for o in outcomes if title in o.measured])


def _row(name: str, measured: Measurement) -> list[str]:
    result = measured.result
    refused = sum(len(result.times.get(status, [])) for status in REFUSALS)
    answered = sum(len(times) for times in result.times.values())
    failed = answered - refused - len(result.times.get(200, [])) + sum(result.errors.values())
    return [
        name,
        f"{result.rate:.0f}",
        f"{measured.images:.0f}",
        f"{result.percentile(50):.2f}",
        f"{result.percentile(99):.2f}",
        f"{refused / answered:.1%}" if answered else "-",
        str(failed),
        f"{1e6 * measured.cpu:.0f}",
        f"{measured.memory:.0f}",
        f"{result.cpu:.0%}",
    ]


def systems_table(outcomes: Sequence[Outcome]) -> str:
    """The versions and the start of each system, or why it could not be measured."""
    rows = [[o.system.name, o.failed or o.versions, "-" if o.failed else f"{o.start:.2f}"] for o in outcomes]
    return table(["", "versions", "start to ready, s"], rows)
