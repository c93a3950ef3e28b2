"""Images and a table -> files that data tools read: zip and npy."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from service.imaging.arrays import Images, pictures
from service.imaging.png import png


def zipped(images: Images, rows: Sequence[Mapping[str, object]]) -> bytes:
    """A zip of `000000.png`, ... and `labels.csv`: `rows[i]`, all of the same keys, beside the name of image i's file.

    The same images and rows give the same bytes.
    """
    names = [f"{i:06d}.png" for i in range(len(images))]
    table = io.StringIO()
    writer = csv.writer(table, lineterminator="\n")
    writer.writerow(["file", *rows[0]])
    writer.writerows([name, *row.values()] for name, row in zip(names, rows, strict=True))
    files = [(name, png(picture)) for name, picture in zip(names, pictures(images), strict=True)]
    return zip_of([*files, ("labels.csv", table.getvalue().encode())])


def zip_of(files: Iterable[tuple[str, bytes]]) -> bytes:
    """Files as a zip, by name, that depends on nothing else."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as archive:  # PNG is compressed already
        for name, content in files:
            archive.writestr(zipfile.ZipInfo(name), content)  # a ZipInfo of one's own carries a fixed date
    return out.getvalue()


def npy(images: Images) -> bytes:
    """Images as a numpy file: uint8 `(n, H, W)`, or `(n, H, W, 3)` in colour."""
    out = io.BytesIO()
    np.save(out, np.ascontiguousarray(pictures(images)), allow_pickle=False)
    return out.getvalue()
