from latent.card import Alignment, Quality
from tests.trainer.report.conftest import quality
from trainer.report.page import render_page


def tables(text):
    """Each table of a page as its rows, a dictionary each."""
    found = []
    for block in text.split("\n\n"):
        lines = block.strip().splitlines()
        if lines and lines[0].startswith("| "):
            head, _, *rows = ([cell.strip() for cell in line.strip("|").split(" | ")] for line in lines)
            found.append([dict(zip(head, row, strict=True)) for row in rows])
    return found


def test_there_are_tables_of_systems_their_cost_and_all_runs(make_record):
    records = [make_record(seed=2, measured=quality(0.94)), make_record(seed=1), make_record("acgan", 7)]
    systems, cost, runs = tables(render_page(records, {}))
    assert [(row["system"], row["seeds"]) for row in systems[1:]] == [("acgan", "1"), ("infogan", "2")]
    row = systems[2]
    assert row["label accuracy"] == "92.00 ± 2.83 %"
    assert row["worst label"] == "87.00 ± 2.83 % (`0`)"
    assert row["GAN-train"] == "80.00 ± 0.00 %"
    assert (row["Frechet distance"], row["× floor"]) == ("0.300 ± 0.000", "3.0 ± 0.0")
    assert systems[1]["density / coverage"] == "1.250 / 0.625"
    assert systems[1]["MB"] == "5.20"
    assert cost[1] == {
        "system": "infogan",
        "seeds": "2",
        "device": "cpu",
        "labels read in training": "100",
        "labels read to align": "0",
        "kimg": "900 ± 0",
        "hours": "1.50 ± 0.00",
        "images/s": "750 ± 0",
    }
    assert [(row["system"], row["seed"], row["label accuracy"]) for row in runs] == [
        ("acgan", "7", "90.00 %"),
        ("infogan", "1", "90.00 %"),
        ("infogan", "2", "94.00 %"),
    ]
    assert runs[0]["hours"] == "1.50"


def test_real_images_are_the_first_row(make_record):
    real = tables(render_page([make_record()], {}))[0][0]
    assert real["system"] == "*real images*"
    assert (real["label accuracy"], real["GAN-train"]) == ("99.70 %", "99.70 %")
    assert (real["Frechet distance"], real["MS-SSIM"], real["MB"]) == ("0.100", "0.300", "")
    assert (real["precision / recall"], real["density / coverage"]) == ("0.875 / 0.750", "1.125 / 0.938")


def test_figures_of_real_images_have_no_deviation_over_seeds(make_record):
    records = [make_record(seed=1), make_record(seed=2)]
    real = tables(render_page(records, {}))[0][0]
    assert (real["label accuracy"], real["Frechet distance"]) == ("99.70 %", "0.100")


def test_there_is_a_table_for_each_judge_and_the_earlier_one_is_last(make_record):
    old, new = quality(0.8).model_copy(update={"judge_sha256": None, "recall_real": None}), quality(0.9)
    both = make_record(seed=1, measured=new).model_copy(update={"earlier_quality": old})
    text = render_page([both, make_record(seed=2, measured=old)], {})
    now, earlier, _, runs = tables(text)
    assert text.count("cannot be compared with those of another") == 1
    assert "cannot be compared" not in render_page([make_record()], {})
    assert text.index(f"### Judge `{'a' * 12}`") < text.index("### Earlier judge")
    assert [(row["seeds"], row["label accuracy"]) for row in now[1:]] == [("1", "90.00 %")]
    assert [(row["seeds"], row["label accuracy"]) for row in earlier[1:]] == [("2", "80.00 ± 0.00 %")]
    assert [(row["seed"], row["judge"]) for row in runs] == [("1", f"`{'a' * 12}`"), ("1", "earlier"), ("2", "earlier")]


def test_the_labelled_images_of_the_alignment_are_counted(make_record):
    record = make_record()
    alignment = Alignment(method="hungarian", labelled_images=1000, accuracy=0.9)
    aligned = record.model_copy(update={"card": record.card.model_copy(update={"alignment": alignment})})
    cost = tables(render_page([aligned], {}))[1][0]
    assert (cost["labels read in training"], cost["labels read to align"]) == ("100", "1000")


def test_differences_from_papers_are_said(make_record):
    text = render_page([make_record("infogan-paper"), make_record("r3gan"), make_record("mine")], {})
    for system, difference in (("infogan-paper", "The noise z is normal"), ("r3gan", "are not its ResNeXt")):
        assert difference in text[text.index(f"**{system}.** ") :]
    assert "**mine.**" not in text


def test_a_system_without_labels_has_dashes_for_figures_of_labels(make_record):
    plain = Quality(samples=1000, frechet_distance=0.5, frechet_floor=0.1, precision=0.5, recall=0.25, ms_ssim=0.3)
    row = tables(render_page([make_record("gan", measured=plain)], {}))[0][1]
    dashes = {title for title, cell in row.items() if cell == "–"}
    assert {"label accuracy", "worst label", "GAN-train", "codes and their factors"} <= dashes
    assert row["Frechet distance"] == "0.500"


def test_data_sets_are_in_the_order_of_the_sources(make_record):
    text = render_page([make_record(dataset="another"), make_record(dataset="strokes"), make_record()], {})
    places = [text.index(f"\n## {name}\n") for name in ("mnist", "strokes", "another")]
    assert places == sorted(places)


def test_a_snapshot_is_shown_with_its_system(make_record):
    records = [make_record(), make_record("gan"), make_record(dataset="strokes")]
    text = render_page(records, {"mnist-infogan": "docs/results/mnist-infogan.png"})
    assert text.count("<img") == 1
    assert 'infogan<br><img src="docs/results/mnist-infogan.png"' in text


def test_the_versions_are_those_of_the_runs(make_record):
    assert render_page([make_record()], {}).endswith("Made with torch 2.13.0.\n")


def test_labels_are_escaped(make_record):
    odd = quality().model_copy(update={"label_accuracy_by_label": {"|": 0.5}})
    assert "(`\\|`)" in render_page([make_record(measured=odd)], {})
