from collections import Counter

from trainer.data.unipen import writers

NAMES = [f"w{number}" for number in range(80)]


def test_an_eighth_of_the_writers_is_tested_on_and_as_many_validate():
    assert Counter(writers.splits(NAMES, 0).values()) == {"train": 60, "validation": 10, "test": 10}


def test_the_split_is_the_seeds_whatever_the_order():
    assert writers.splits(NAMES, 0) == writers.splits(NAMES[::-1] * 2, 0) != writers.splits(NAMES, 1)


def test_writers_are_numbered_those_trained_on_first():
    split_of, numbers = writers.splits(NAMES, 0), writers.numbers(NAMES, 0)
    assert sorted(numbers) == list(range(80))
    assert {split_of[name] for name, number in zip(NAMES, numbers, strict=True) if number < 60} == {"train"}
    assert writers.numbers(["b", "a", "b"], 0)[0] == writers.numbers(["b", "a", "b"], 0)[2]
