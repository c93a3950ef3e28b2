"""What was measured, as a page of Markdown."""

from __future__ import annotations

import hashlib
import os
import platform
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.contenders import Contender
from benchmarks.measure import Measured

REFUSALS = (429, 503)


@dataclass
class Outcome:
    """What one contender did: why it could not take part, or its versions, seconds to ready, and loads by title."""

    contender: Contender
    failed: str = ""
    versions: str = ""
    start: float = 0.0
    measured: dict[str, Measured] = field(default_factory=dict)

    @property
    def peak(self) -> float:
        """The most single images a second it answered at any number of connections; 0 where it took no part."""
        rates = (m.result.rate for m in self.measured.values() if m.load.sizes == (1,) and m.load.pace is None)
        return max(rates, default=0.0)


def table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """A table whose first column is text and whose others are figures."""
    lines = [head, ["---", *["---:"] * (len(head) - 1)], *rows]
    return "\n".join(f"| {' | '.join(map(str, line))} |" for line in lines) + "\n"


def named(model: Path) -> str:
    """Which generator exactly."""
    return f"`{model.stem}` ({hashlib.sha256(model.read_bytes()).hexdigest()[:12]})"


def machine() -> str:
    """What it ran on, and how busy that was with other things before."""
    cpus = [line for line in Path("/proc/cpuinfo").read_text().splitlines() if line.startswith("model name")]
    name = cpus[0].partition(":")[2].strip() if cpus else platform.machine()
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return (
        f"{name}, {len(os.sched_getaffinity(0))} cores, {memory:.0f} GB of memory; {platform.system()} "
        f"{platform.release()}, Python {platform.python_version()}; load average before: {os.getloadavg()[0]:.2f}"
    )


def loads(outcomes: Sequence[Outcome]) -> Iterator[str]:
    """A section a load, in the order they were measured."""
    titles = dict.fromkeys(title for outcome in outcomes for title in outcome.measured)
    head = [
        "",
        "requests/s",
        "images/s",
        "p50 ms",
        "p99 ms",
        "refused",
        "failed",
        "CPU us an image",
        "MB",
        "load's CPU",
    ]
    for title in titles:
        yield f"## {title[0].upper()}{title[1:]}\n"
        yield table(head, [_row(o.contender.name, o.measured[title]) for o in outcomes if title in o.measured])


def _row(name: str, measured: Measured) -> list[str]:
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


def contenders(outcomes: Sequence[Outcome]) -> str:
    """Who took part, and who could not and why."""
    rows = [[o.contender.name, o.failed or o.versions, "-" if o.failed else f"{o.start:.2f}"] for o in outcomes]
    return table(["", "versions", "start to ready, s"], rows)
