"""Images and a table of what is known of them -> files for data tools: zip and npy."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from service.imaging.arrays import Images, pictures
from service.imaging.png import png


def zipped(images: Images, rows: Sequence[Mapping[str, object]]) -> bytes:
    """A zip of `000000.png`, ... and `labels.csv`, whose line i holds the name of image i's file and `rows[i]`.

    All rows have the same keys. The same images and rows give the same bytes.
    """
    names = [f"{i:06d}.png" for i in range(len(images))]
    table = io.StringIO()
    writer = csv.writer(table, lineterminator="\n")
    writer.writerow(["file", *rows[0]])
    writer.writerows([name, *row.values()] for name, row in zip(names, rows, strict=True))
    files = [(name, png(picture)) for name, picture in zip(names, pictures(images), strict=True)]
    return zip_files([*files, ("labels.csv", table.getvalue().encode())])


def zip_files(files: Iterable[tuple[str, bytes]]) -> bytes:
    """A zip of files, each a name and its content. Its bytes depend on nothing else: no date, no compression."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as archive:  # PNG is compressed already
        for name, content in files:
            archive.writestr(zipfile.ZipInfo(name), content)  # an explicit ZipInfo has a fixed date
    return out.getvalue()


def npy(images: Images) -> bytes:
    """Images as a NumPy `.npy` file: uint8 `(n, H, W)`, or `(n, H, W, 3)` in colour."""
    out = io.BytesIO()
    np.save(out, np.ascontiguousarray(pictures(images)), allow_pickle=False)
    return out.getvalue()
