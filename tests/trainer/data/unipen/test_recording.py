import numpy as np
import pytest

from trainer.data.unipen import recording, syntax
from trainer.data.unipen.syntax import Fault

PATH = "data/1c/abc/a.dat"
INK = """.WRITER_ID Ann
.STYLE MIXED
.PEN_DOWN
 0 0
 1 1
 2 4
.PEN_UP
.PEN_DOWN
.PEN_UP
 3 3
.START_BOX
.PEN_DOWN
\t5 5
\t6 6
"""


def read(make_release, segments="", ink=INK, **more):
    files = {PATH: f".INCLUDE abc/ink.dat\n{segments}", "include/abc/ink.dat": ink}
    return recording.read(make_release(files | {f"include/{name}": text for name, text in more.items()}), PATH)


def strokes(read, delineation):
    return [stroke.tolist() for stroke in read.strokes(syntax.delineation(delineation), 9)]


def test_components_are_what_has_points_whether_the_pen_is_down_or_up(make_release):
    read_ = read(make_release)
    assert [component.down for component in read_.components] == [True, False, True]
    assert (read_.writer, read_.style, read_.contributor) == ("Ann", "MIXED", "abc")
    assert read_.source == "include/abc/ink.dat"


@pytest.mark.parametrize(
    ("delineation", "found"),
    [
        ("0", [[[0, 0], [1, 1], [2, 4]]]),
        ("0-2", [[[0, 0], [1, 1], [2, 4]], [[5, 5], [6, 6]]]),
        ("0:1-2:0", [[[1, 1], [2, 4]], [[5, 5]]]),
        ("0:1-0:1", [[[1, 1]]]),
        ("2,0:2-1", [[[5, 5], [6, 6]], [[2, 4]]]),
        ("1", []),
    ],
)
def test_a_segment_is_its_pen_down_ink(make_release, delineation, found):
    assert strokes(read(make_release), delineation) == found


def test_includes_may_include_others(make_release):
    ink = ".INCLUDE abc/pad.doc\n.PEN_DOWN\n 1 9 2\n"
    pad = ".COMMENT the pad\n.COORD T Y X\n.X_POINTS_PER_MM 20\n.Y_POINTS_PER_MM 10\n"
    # Half as many units to the millimetre upwards: heights are doubled.
    assert strokes(read(make_release, ink=ink, **{"abc/pad.doc": pad}), "0") == [[[2, 18]]]


def test_segments_come_with_their_lines_and_those_that_are_none_are_faults(make_release):
    read_ = read(make_release, '.SEGMENT CHARACTER 0 OK "a"\n.SEGMENT CHARACTER 0-x OK "b"\n')
    assert [(segment.label, line) for segment, line in read_.segments] == [("a", 2)]
    assert [str(fault) for fault in read_.faults] == [f"{PATH}:3: '0-x' is no delineation, such as 3-5,7 or 3:12-5:40"]


@pytest.mark.parametrize(
    ("delineation", "reason"),
    [
        ("3", "component 3 is past the end: there are 3, from 0"),
        ("0:3-1", "point 0:3 is past the end: the component has 3, from 0"),
        ("0-2:2", "point 2:2 is past the end: the component has 2, from 0"),
    ],
)
def test_ink_that_is_not_there_is_a_fault_of_the_segment(make_release, delineation, reason):
    with pytest.raises(Fault) as caught:
        strokes(read(make_release), delineation)
    assert str(caught.value) == f"{PATH}:9: {reason}"


def test_points_that_are_none_are_a_fault_of_their_line(make_release):
    with pytest.raises(Fault, match=r"^include/abc/ink\.dat:4: '2' is no point of 2 numbers$"):
        strokes(read(make_release, ink=".WRITER_ID a\n.PEN_DOWN\n 1 1\n 2\n 3 3\n"), "0")
    with pytest.raises(Fault, match=r"^include/abc/ink\.dat:2: 'x 1' is no point of 2 numbers$"):
        strokes(read(make_release, ink=".PEN_DOWN\n x 1\n"), "0")


@pytest.mark.parametrize(
    ("ink", "reason"),
    [
        (".COMMENT\n.INCLUDE abc/none.doc", "ink.dat:2: include/abc/none.doc is not in the release"),
        (".INCLUDE abc/ink.dat", "includes are more than 8 deep"),
        (".WRITER_ID a\n.WRITER_ID b", "ink.dat:2: a second writer, 'b'"),
        (".COORD T Y", "ink.dat:1: coordinates 'T Y' without X and Y"),
        (".X_POINTS_PER_MM none", "ink.dat:1: could not convert"),
        (".X_POINTS_PER_MM 0", "ink.dat:1: a resolution of 0"),
    ],
)
def test_a_file_that_cannot_be_read_as_a_whole_says_where(make_release, ink, reason):
    with pytest.raises(Fault) as caught:
        read(make_release, ink=ink)
    assert reason in str(caught.value)


def test_ink_is_in_one_unit(make_release):
    read_ = read(make_release)
    assert read_.aspect == 1
    assert all(stroke.dtype == np.float64 for stroke in read_.strokes(syntax.delineation("0-2"), 1))
