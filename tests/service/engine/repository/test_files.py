"""Scans of a folder whose files change."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from service.engine.repository.files import FileEntry, LoadError, scan


class Loads:
    """Loads a file as its text, records the names, and refuses the text `broken`."""

    def __init__(self) -> None:
        self.read: list[str] = []

    def __call__(self, path: Path) -> str:
        self.read.append(path.name)
        if path.read_text() == "broken":
            raise LoadError("it is broken")
        return path.read_text()


def replace(path: Path, text: str) -> None:
    """Replace a file atomically."""
    path.with_suffix(".new").write_text(text)
    path.with_suffix(".new").replace(path)


def contents(entries: dict[str, FileEntry[str]]) -> dict[str, tuple[str | None, str | None]]:
    return {name: (entry.loaded, entry.refused) for name, entry in entries.items()}


def test_only_what_changed_is_loaded_again(tmp_path: Path) -> None:
    load = Loads()
    for name in ("b", "a"):
        (tmp_path / f"{name}.onnx").write_text(name)
    (tmp_path / "a.encoder.onnx").write_text("another kind")
    (tmp_path / "notes.txt").write_text("another kind")
    first = scan(tmp_path, {}, load)
    assert contents(first) == {"a.onnx": ("a", None), "b.onnx": ("b", None)}
    again = scan(tmp_path, first, load)
    assert all(again[name] is first[name] for name in first)
    replace(tmp_path / "b.onnx", "c")
    assert contents(scan(tmp_path, again, load)) == {"a.onnx": ("a", None), "b.onnx": ("c", None)}
    assert load.read == ["a.onnx", "b.onnx", "b.onnx"]


def test_a_file_that_breaks_keeps_what_was_loaded_until_it_is_repaired_or_removed(tmp_path: Path) -> None:
    path = tmp_path / "a.onnx"
    path.write_text("old")
    entries = scan(tmp_path, {}, Loads())
    replace(path, "broken")
    entries = scan(tmp_path, entries, Loads())
    assert contents(entries) == {"a.onnx": ("old", "it is broken")}
    assert scan(tmp_path, entries, Loads())["a.onnx"] is entries["a.onnx"]  # not tried again before it changes
    replace(path, "new")
    entries = scan(tmp_path, entries, Loads())
    assert contents(entries) == {"a.onnx": ("new", None)}
    path.unlink()
    assert scan(tmp_path, entries, Loads()) == {}


def test_the_same_size_and_time_is_still_another_file(tmp_path: Path) -> None:
    path = tmp_path / "a.onnx"
    path.write_text("old")
    os.utime(path, ns=(1, 1))
    entries = scan(tmp_path, {}, Loads())
    replace(path, "new")
    os.utime(path, ns=(1, 1))
    assert scan(tmp_path, entries, Loads())["a.onnx"].loaded == "new"


def test_a_link_to_another_file_is_a_change(tmp_path: Path) -> None:
    """A mounted volume changes all its files at once by one link."""
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "a.onnx").write_text(name)
    (tmp_path / "models").symlink_to("one")
    entries = scan(tmp_path / "models", {}, Loads())
    (tmp_path / "next").symlink_to("two")
    (tmp_path / "next").replace(tmp_path / "models")
    assert scan(tmp_path / "models", entries, Loads())["a.onnx"].loaded == "two"


def test_a_broken_link_is_no_file(tmp_path: Path) -> None:
    (tmp_path / "a.onnx").symlink_to("gone")
    assert scan(tmp_path, {}, Loads()) == {}


def test_a_missing_folder_is_an_error_and_not_an_empty_folder(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        scan(tmp_path / "gone", {}, Loads())
