import pytest

from latent.card import Control, Quality
from tests.trainer.report.conftest import quality
from trainer.report import cells


@pytest.mark.parametrize(
    ("values", "text"),
    [
        ([0.25], "0.250"),
        ([1, 2, 3], "2.000 ± 1.000"),
        ([0.25, 0.75, None], "0.500 ± 0.354 (2 of 3)"),
        ([None, 0.5], "0.500 (1 of 2)"),
        ([None, None], "–"),
    ],
)
def test_mean_and_deviation_over_the_values_that_are_known(values, text):
    assert cells.mean_and_deviation(values) == text


def test_fractions_in_per_cent():
    assert cells.percent([0.9981]) == "99.81 %"
    assert cells.percent([0.5, 0.6]) == "55.00 ± 7.07 %"


def test_fields_are_joined(make_record):
    both = cells.quality_fields("precision", "recall")
    plain = Quality(samples=10)
    assert both([make_record()]) == "0.750 / 0.500"
    assert both([make_record(measured=plain)]) == "–"
    assert both([make_record(measured=Quality(samples=10, recall=0.25))]) == "– / 0.250"


def test_the_worst_labels_are_named(make_record):
    other = quality().model_copy(update={"label_accuracy_by_label": {"0": 1.0, "1": 0.75}})
    assert cells.worst_label([make_record()]) == "85.00 % (`0`)"
    assert cells.worst_label([make_record(), make_record(measured=other)]) == "80.00 ± 7.07 % (`0`, `1`)"
    assert cells.worst_label([make_record(measured=Quality(samples=1))]) == "–"


def test_the_distance_divided_by_its_floor(make_record):
    assert cells.times_floor([make_record()]) == "3.0"


def test_codes_whose_factor_differs_between_seeds_are_shown_separately(make_record):
    def controlling(factor, value):
        controls = {"c2": Control(factor=factor, spearman={"slant": 0.1, "width": 0.2} | {factor: value})}
        return make_record(measured=Quality(samples=1, controls=controls))

    assert cells.controls([controlling("slant", 0.9), controlling("slant", 0.8)]) == "c2 slant 0.85 ± 0.07"
    apart = cells.controls([controlling("slant", 0.9), controlling("width", 0.7)])
    assert apart == "c2 slant 0.90 (1 of 2), c2 width 0.70 (1 of 2)"
    assert cells.controls([make_record(measured=Quality(samples=1))]) == "–"


def test_figures_of_the_encoder(make_record):
    without = make_record(measured=Quality(samples=1))
    assert cells.information([make_record(), without]) == "c1 2.25 (1 of 2)"
    assert cells.clustering([make_record()]) == "97.00 % / 0.900 / 0.880"
    assert cells.clustering([make_record(), without]) == "97.00 % (1 of 2) / 0.900 (1 of 2) / 0.880 (1 of 2)"
    assert cells.information([without]) == cells.clustering([without]) == "–"
