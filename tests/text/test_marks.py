from __future__ import annotations

import time
from pathlib import Path

import pytest

from app.text.marks import MAX_PAUSE_MS, Dictionary, Pause, Spelling, find_marks, kokoro_phonemes, read_dictionary
from app.text.normalize import spoken_form
from app.text.phonemize import Phonemizer


def given(text: str, dictionary: dict[str, str] | None = None, **options) -> dict[str, str]:
    """The spoken words whose phonemes are given."""
    spoken = spoken_form(text, dictionary=Dictionary(dictionary or {}), **options)
    return {spoken.text[spelling.start : spelling.end]: spelling.phonemes for spelling in spoken.spellings}


def test_phonemes_stand_behind_their_word() -> None:
    text = "Say [Nguyen](/wˈɪn/), please."
    assert spoken_form(text).text == "Say Nguyen, please."
    assert given(text) == {"Nguyen": "wˈɪn"}
    assert given(text, normalize=False) == {"Nguyen": "wˈɪn"}


@pytest.mark.parametrize("text", ["see [guide](/guide/)", "[a](b)", "[x](y)(/ˈz/)", "[](/ˈa/)", "[w](/ˈa", "[w](//)"])
def test_a_link_is_no_pronunciation(text: str) -> None:
    assert given(text) == {}


def test_a_word_whose_phonemes_are_given_is_not_normalised() -> None:
    text = "[macOS 14](/mˈækO/) costs $5 and [3/4](/kwˈɔɹtəz/)"
    assert spoken_form(text).text == "macOS 14 costs five dollars and 3/4"
    assert given(text) == {"macOS 14": "mˈækO", "3/4": "kwˈɔɹtəz"}


@pytest.mark.parametrize(
    ("text", "said", "pauses"),
    [
        ("One [pause:0.5s] two.", "One two.", [(4, 500)]),
        ("One.[pause:250ms]", "One.", [(4, 250)]),
        ("[pause:1s]One [pause:1s][pause:2s]two", "One two", [(0, 1000), (4, 1000), (4, 2000)]),
        ('One <break time="1.5s" /> two', "One two", [(4, 1500)]),
        ("One [pause:99s] two", "One two", [(4, MAX_PAUSE_MS)]),
        ("One [pause:soon] two", "One [pause:soon] two", []),
    ],
)
def test_pauses(text: str, said: str, pauses: list[tuple[int, float]]) -> None:
    spoken = spoken_form(text)
    assert spoken.text == said
    assert list(spoken.pauses) == [Pause(*pause) for pause in pauses]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("The SQL of sql, SQLs", "The sequel of sql, SQLs"),
        ("Kubectl and KUBECTL", "cube control and cube control"),
        ("in New York today", "in the big apple today"),
        ("New Yorkers", "New Yorkers"),
        ("a .NET app", "a dot net app"),
        ("costs EUR5", "costs five euros"),
    ],
)
def test_words_of_a_dictionary_are_said_in_other_words(text: str, said: str) -> None:
    entries = {"SQL": "sequel", "kubectl": "cube control", "New York": "the big apple", ".NET": "dot net", "EUR": "x"}
    assert spoken_form(text, dictionary=Dictionary(entries)).text == said


def test_an_alias_is_read_as_if_it_were_written() -> None:
    assert spoken_form("the W3C", dictionary=Dictionary({"W3C": "W3 consortium"})).text == "the W three consortium"


def test_phonemes_of_a_dictionary() -> None:
    assert given("Hello Nguyen!", {"nguyen": "/wˈɪn/"}) == {"Nguyen": "wˈɪn"}
    assert given("[Nguyen](/nˈɪn/)", {"nguyen": "/wˈɪn/"}) == {"Nguyen": "nˈɪn"}


def test_entries_of_a_request_go_before_those_of_the_service() -> None:
    service = Dictionary({"a1": "steak sauce", "b2": "bomber"})
    assert spoken_form("a1 b2", dictionary=service.with_entries([("a1", "road")])).text == "road bomber"


@pytest.mark.parametrize(
    ("written", "kokoro"),
    [("dʒeɪsən", "ʤAsən"), ("t͡ʃaɪ", "ʧI"), ("ɡoʊ", "ɡO"), ("'gud", "ˈɡud"), ("123!", ""), ("wˈɪn|", "wˈɪn")],
)
def test_phonemes_are_written_as_kokoro_knows_them(written: str, kokoro: str) -> None:
    assert kokoro_phonemes(written) == kokoro


def test_phonemes_that_are_given_are_those_that_are_fed(vocabulary: dict[str, int]) -> None:
    phonemizer = Phonemizer(vocabulary)
    letters = {number: phoneme for phoneme, number in vocabulary.items()}
    text = "Say qwzzy, then qwzzy's end."
    spellings = [Spelling(4, 9, "bˈɛt"), Spelling(16, 21, "bˈʌs")]
    [phrase] = phonemizer.phonemize(text, spellings)
    heard = "".join(letters[number] for number in phrase.phoneme_ids)
    assert "sˈA bˈɛt, " in heard
    assert "bˈʌsᵻz ˈɛnd." in heard


@pytest.mark.parametrize(
    ("content", "complaint"),
    [("- a\n- b", "has to map"), ("a: 1", "has to map"), ("a: [", "cannot be read"), (None, "cannot be read")],
)
def test_a_dictionary_that_is_none_says_so(tmp_path: Path, content: str | None, complaint: str) -> None:
    file = tmp_path / "words.yaml"
    if content is not None:
        file.write_text(content)
    with pytest.raises(ValueError, match=complaint) as refused:
        read_dictionary(file)
    assert str(file) in str(refused.value)


def test_a_dictionary_is_read_from_a_file(tmp_path: Path) -> None:
    file = tmp_path / "words.yaml"
    file.write_text("SQL: sequel\nNguyen: /wˈɪn/\n", "utf-8")
    assert spoken_form("Nguyen's SQL", dictionary=read_dictionary(file)).text == "Nguyen's sequel"
    assert not read_dictionary(None)


@pytest.mark.parametrize("unit", ["[", "[a](/ˈ", "[a](/ˈa/)", "[pause:1s]", "word ", '<break time="'])
def test_hostile_text_takes_linear_time(unit: str) -> None:
    dictionary = Dictionary({f"word {number}": "x" for number in range(100)})
    began = time.process_time()
    find_marks(unit * (20_000 // len(unit)), dictionary)
    # Below 0.1 s; quadratic time would be minutes.
    assert time.process_time() - began < 2
