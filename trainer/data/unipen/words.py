"""The words of UNIPEN as a data set: real words to test what was trained on characters, by other writers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from pathlib import Path

import numpy as np

from trainer.data.dataset import DataError, Split
from trainer.data.unipen import characters, drawing, packing, placement, writers
from trainer.data.unipen.release import Release
from trainer.data.unipen.samples import WORDS, collect

NAME = f"{characters.NAME}-words"
WIDTH = 6  # heights of the image: its width
PER_WRITER = 20  # of a word by a writer
STYLES = ("?", "PRINTED", "MIXED", "CURSIVE")
"""What the column `styles` counts: how the file's writing is said to be, `?` where nothing is said."""


def pack(
    source: Path,
    root: Path,
    size: int = characters.SIZE,
    seed: int = 0,
    say: Callable[[str], None] = lambda line: None,
    progress: Callable[[float], None] = lambda share: None,
) -> str:
    """Pack the set from the release in `source` and return its name: `unipen-words`, or `unipen-words-48`.

    Images are `size` high and `WIDTH` times as wide, a word in the middle; a label is a word. The test set is of the
    writers whose characters are not in the training or the validation set of `unipen`, made with the same seed; what
    the others wrote is in these. Beside the images stand their `writers`, `styles` and `on_line`.

    Raises:
        DataError: no release is there, it is damaged, or too little of it is good.
    """
    release, rejected = Release(source), Counter[str]()
    letters = characters.usable(release, Counter(), lambda share: progress(0.3 * share))
    known = writers.splits({sample.writer for sample in letters}, seed)
    words = collect(release, WORDS, rejected, lambda share: progress(0.3 + 0.2 * share))
    if not words:
        raise DataError(f"no words in the release: it has no good segment in {', '.join(WORDS)}")
    _, norms = placement.learn(letters)
    drawn = drawing.draw(
        words,
        placement.place(words, norms),
        norms,
        (size, WIDTH * size),
        PER_WRITER,
        seed,
        rejected,
        lambda share: progress(0.5 + 0.5 * share),
    )
    if not drawn.samples:
        raise DataError("no word of the release is good enough to be drawn; is it whole?")
    others: dict[str, Split] = {sample.writer: "test" for sample in drawn.samples}
    styles = [STYLES.index(sample.style) if sample.style in STYLES else 0 for sample in drawn.samples]
    name = NAME if size == characters.SIZE else f"{NAME}-{size}"
    packing.write(
        root,
        name,
        drawn,
        sorted({sample.label for sample in drawn.samples}),
        {**others, **known},
        seed,
        rejected,
        {"styles": np.array(styles, np.int64)},
    )
    for line in packing.report(rejected):
        say(line)
    return name
