import pytest

from loadtest.words import Heard, Rates, bars, comparable
from loadtest.words_sentences import SENTENCES


def heard(service: str, upstream: str, spoken: str = "five dollars and no more", kind: str = "prose") -> Heard:
    return Heard(kind, "af_heart", "$5 and no more", spoken, service, upstream)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("It costs $5.", "it costs five dollars"),
        ("At 9:30 a.m., on May 5th", "at nine thirty AM on May fifth"),
        ("twenty-one cafés", "21 cafes"),
        ("info@example.com", "info at example dot com"),
        ("Dr. Harris", "Doctor Harris"),
    ],
)
def test_the_same_words_are_the_same_however_they_are_written(one: str, other: str) -> None:
    assert comparable(one, "af_heart") == comparable(other, "af_heart")


def test_rates_are_percent_of_the_words_that_were_meant() -> None:
    rates = Rates.of(
        [heard("$5 and no more.", "five dollars and no"), heard("Five dollars, and more", "$5 and no more")]
    )
    assert (rates.words, rates.service, rates.upstream, rates.worse) == (10, 10.0, 10.0, 0.0)


def test_a_bar_is_missed_where_the_service_is_worse_by_more_than_a_point() -> None:
    one_word_in_ten = [heard("five dollars no more", "$5 and no more"), heard("$5 and no more", "$5 and no more")]
    assert [(bar.name, bar.met) for bar in bars(one_word_in_ten)] == [
        ("word errors, prose", False),
        ("word errors, all", False),
    ]
    better = [heard("$5 and no more", "more")]
    assert all(bar.met for bar in bars(better))


def test_there_are_at_least_sixty_sentences_of_every_class_ten() -> None:
    assert sum(map(len, SENTENCES.values())) >= 60
    assert all(len(texts) >= 10 for texts in SENTENCES.values())
    assert {"numbers", "names"} <= set(SENTENCES)
