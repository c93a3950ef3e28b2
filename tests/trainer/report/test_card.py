from tests.latent.test_card import CARD
from trainer.report.card import to_markdown


def test_every_measured_value_is_a_row_and_bars_are_escaped():
    alignment = {"method": "a|b", "labelled_images": 10, "accuracy": 0.98765}
    quality = {"samples": 100, "label_accuracy": 0.5, "label_accuracy_by_label": {"7": 0.25}}
    card = type(CARD).model_validate(CARD.model_dump() | {"alignment": alignment, "quality": quality})
    page = to_markdown(card)
    for line in (
        "| method | a\\|b |",
        "| accuracy | 0.9877 |",
        "| label_accuracy | 0.5 |",
        "| label_accuracy_by_label.7 | 0.25 |",
    ):
        assert line in page.splitlines()
    assert "None" not in page
