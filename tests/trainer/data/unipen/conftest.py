"""A release small enough to write by hand: its files are the format's own text."""

from itertools import pairwise

import pytest

from trainer.data.unipen.release import Release

HEADER = ".VERSION 1.0\n.COORD X Y\n.WRITER_ID {writer}\n.STYLE {style}\n"

# A few characters as strokes of straight lines, in x-heights; y upwards from the baseline.
SHAPES = {
    "o": [[(0, 0), (1, 0), (1, 1), (0, 1), (0, 0)]],
    "n": [[(0, 0), (0, 1), (0.9, 1), (0.9, 0)]],
    "x": [[(0, 0), (1, 1)], [(0, 1), (1, 0)]],
    "l": [[(0.1, 1.8), (0, 1), (0.1, 0)]],
    "p": [[(0, 1), (0, -0.9)], [(0, 1), (0.8, 1), (0.8, 0), (0, 0)]],
    "'": [[(0, 1.9), (0, 1.6), (-0.1, 1.4)]],
    "=": [[(0, 0.4), (1, 0.4)], [(0, 1), (1, 1)]],
}


def stroke(points):
    """One touch of the pen in the format's text."""
    return ".PEN_DOWN\n" + "".join(f" {x:.0f} {y:.0f}\n" for x, y in points) + ".PEN_UP\n"


def dense(points, step=0.1):
    """The points of a path and those between them, as a tablet gives them."""
    path = [points[0]]
    for (ax, ay), (bx, by) in pairwise(points):
        n = max(int(max(abs(bx - ax), abs(by - ay)) / step), 1)
        path += [(ax + (bx - ax) * i / n, ay + (by - ay) * i / n) for i in range(1, n + 1)]
    return path


def text(line, size=100.0, left=0.0, baseline=1000.0, level="CHARACTER", shapes=None):
    """A line's ink in the format's text, and its segments' lines: one a character, or one a word."""
    ink, segments, component, x = "", [], 0, left
    for word in line.split():
        first = component
        for character in word:
            strokes = (shapes or SHAPES)[character]
            for points in strokes:
                ink += stroke([(x + size * px, baseline + size * py) for px, py in dense(points)])
            if level == "CHARACTER":
                last = component + len(strokes) - 1
                segments.append(f'.SEGMENT CHARACTER {component}-{last} OK "{character}"')
            component += len(strokes)
            x += 1.3 * size
        if level == "WORD":
            segments.append(f'.SEGMENT WORD {first}-{component - 1} OK "{word}"')
        x += size
    return ink, "\n".join(segments) + "\n"


def writer(name, line, category="1c", contributor="abc", style="PRINTED", **how):
    """The two files of one writer's line: the ink, and the segments that include it."""
    level = "WORD" if category == "7" else "CHARACTER"
    ink, segments = text(line, level=level, **how)
    kept = f"{contributor}/data/{category}-{name}.dat"
    return {
        f"include/{kept}": HEADER.format(writer=name, style=style) + ink,
        f"data/{category}/{contributor}/{name}.dat": f".VERSION 1.0\n.INCLUDE {kept}\n{segments}",
    }


def write(folder, files):
    for path, content in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(content if isinstance(content, bytes) else content.encode())
    return folder


@pytest.fixture
def make_release(tmp_path):
    """Writes a release's files and opens it."""

    def make(files):
        return Release(write(tmp_path / "release", files))

    return make
