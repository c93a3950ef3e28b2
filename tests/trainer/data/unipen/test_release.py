import io
import tarfile
import zipfile

import pytest

from tests.trainer.data.unipen.conftest import write, writer
from trainer.data import DataError
from trainer.data.unipen.release import Release

FILES = writer("ann", "lon")


def tar(path, files, mode="w:xz", prefix="./train_r01_v07/"):
    with tarfile.open(path, mode) as archive:
        for name, content in files.items():
            member = tarfile.TarInfo(prefix + name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content.encode()))
    return path


def zipped(path, files):
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in files.items():
            archive.writestr(f"release/{name}", content)
    return path


def contents(release):
    return {path: release[path].decode() for path in FILES}


@pytest.mark.parametrize(("name", "mode"), [("a.tar.xz", "w:xz"), ("a.tgz", "w:gz"), ("a.tar", "w")])
def test_an_archive_is_read_where_it_lies_and_in_a_folder(tmp_path, name, mode):
    path = tar(tmp_path / name, FILES, mode)
    assert contents(Release(path)) == contents(Release(tmp_path)) == FILES


def test_a_zip_file_and_a_folder_hold_the_same(tmp_path):
    zipped(tmp_path / "a.zip", FILES)
    write(tmp_path / "data" / "copy", FILES)  # a folder that is named as one of the release's
    assert contents(Release(tmp_path / "a.zip")) == contents(Release(tmp_path / "data")) == FILES


def test_a_release_in_parts_is_one(tmp_path):
    for number, (name, content) in enumerate(FILES.items()):
        tar(tmp_path / f"{number}.tar.xz", {name: content, "README.md": "not of the release"})
    release = Release(tmp_path)
    assert contents(release) == FILES
    assert "README.md" not in release


def test_the_files_of_a_category_come_in_order(tmp_path):
    release = Release(write(tmp_path, {**writer("b", "o"), **writer("a", "o"), **writer("c", "o", category="7")}))
    assert release.paths("1a", "1c") == ("data/1c/abc/a.dat", "data/1c/abc/b.dat")
    assert release.paths("7") == ("data/7/abc/c.dat",)


@pytest.mark.parametrize("ending", ["tar.xz", "tgz", "zip"])
def test_an_archive_cut_short_is_named(tmp_path, ending):
    path = tmp_path / f"a.{ending}"
    if ending == "zip":
        zipped(path, FILES)
    else:
        tar(path, FILES, "w:xz" if ending == "tar.xz" else "w:gz")
    path.write_bytes(path.read_bytes()[:-40])
    with pytest.raises(DataError, match=rf"{path}: cut short or damaged \(.*\); download it again"):
        Release(tmp_path)


def test_what_holds_no_release_is_refused(tmp_path):
    (tmp_path / "notes.txt").write_text("nothing")
    with pytest.raises(DataError, match="no UNIPEN release there"):
        Release(tmp_path)
    with pytest.raises(DataError, match="no such folder or file"):
        Release(tmp_path / "nowhere")
