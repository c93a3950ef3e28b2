"""COCO's detection data: the images, and a JSON file of them, their annotations, and the categories.

The categories are the lines, the words and the characters of pages. An annotation has its `text` beside COCO's own
members; `segmentation` is the polygon of its corners. The file is `annotations-NUMBER.json`, named for the shard, and
all ids are of the whole data set, so that several shards can be unpacked into one folder and their files merged.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from service.datasets.formats.paddle_detection import corners
from service.datasets.formats.tar import tar
from service.datasets.placed_writing import Place
from service.datasets.sample import Sample, Shard

LINE, WORD, CHARACTER = 1, 2, 3
_CATEGORIES = [{"id": LINE, "name": "line"}, {"id": WORD, "name": "word"}, {"id": CHARACTER, "name": "character"}]
_MOST_OF_PAGE = 100_000  # annotations: room between the ids of one page and those of the next


def write(shard: Shard) -> bytes:
    """A shard of pages as a tar archive."""
    images, annotations = [], []
    for sample in shard.samples:
        height, width = sample.picture.shape[:2]
        image_id = int(sample.key) + 1
        images.append({"id": image_id, "file_name": f"images/{sample.key}.png", "width": width, "height": height})
        annotations += [
            {"id": image_id * _MOST_OF_PAGE + number, "image_id": image_id, **annotation}
            for number, annotation in enumerate(_annotations(sample))
        ]
    document = {"images": images, "annotations": annotations, "categories": _CATEGORIES}
    files = ((f"images/{sample.key}.png", sample.png) for sample in shard.samples)
    return tar([(f"annotations-{shard.name}.json", json.dumps(document, ensure_ascii=False).encode()), *files])


def _annotations(sample: Sample) -> Iterator[dict[str, Any]]:
    for line in sample.page_lines or ():
        yield _annotation(LINE, line["text"], line)
        for word in line["words"]:
            yield _annotation(WORD, word["text"], word)
            for character in word["characters"]:
                yield _annotation(CHARACTER, character["character"], character)


def _annotation(category: int, text: str, entry: Place) -> dict[str, Any]:
    polygon = corners(entry)
    return {
        "category_id": category,
        "bbox": list(entry["box"]),
        "area": _area(polygon),
        "segmentation": [[number for point in polygon for number in point]],
        "iscrowd": 0,
        "text": text,
    }


def _area(polygon: list[list[float]]) -> float:
    """The area of a polygon, by the shoelace formula."""
    following = [*polygon[1:], polygon[0]]
    return round(abs(sum(x0 * y1 - x1 * y0 for (x0, y0), (x1, y1) in zip(polygon, following, strict=True))) / 2, 2)
