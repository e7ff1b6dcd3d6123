import time
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.audio.letters import MAX_LETTERS, letter_shares


def sounds_of(word: str, phonemes: str) -> str:
    """Groups of letters with the phonemes that they share, as "kn=n i=ˈI ght=t"."""
    shares = letter_shares(word, phonemes)
    groups: list[tuple[str, str]] = []
    letters = ""
    for letter, share in zip(word, shares[1:], strict=True):
        letters += letter
        if share.share == 1:
            groups.append((letters, phonemes[share.after : share.before]))
            letters = ""
    assert letters == ""
    return " ".join(f"{letters}={sound}" for letters, sound in groups)


@pytest.mark.parametrize(
    ("word", "phonemes", "expected"),
    [
        # Every letter heard
        ("remind", "ɹəmˈInd", "r=ɹ e=ə m=m i=ˈI n=n d=d"),
        # Digraphs and silent letters
        ("knight", "nˈIt", "kn=n i=ˈI ght=t"),
        ("through", "θɹu", "th=θ r=ɹ ough=u"),
        ("thought", "θˈɔt", "th=θ ough=ˈɔ t=t"),
        ("laughed", "lˈæft", "l=l augh=ˈæf ed=t"),
        ("photograph", "fˈOTəɡɹˌæf", "ph=f o=ˈO t=T o=ə g=ɡ r=ɹ a=ˌæ ph=f"),
        ("queue", "kjˈu", "q=k ueue=jˈu"),
        ("island", "ˈIlənd", "i=ˈI sl=l a=ə n=n d=d"),
        ("psychology", "sIkˈɑləʤi", "ps=s y=I ch=k o=ˈɑ l=l o=ə g=ʤ y=i"),
        ("Wednesday", "wˈɛnzdˌA", "W=w ed=ˈɛ n=n es=z d=d ay=ˌA"),
        ("listen", "lˈɪsᵊn", "l=l i=ˈɪ st=s e=ᵊ n=n"),
        ("eye", "ˈI", "eye=ˈI"),
        # Doubled letters
        ("little", "lˈɪTᵊl", "l=l i=ˈɪ tt=T le=ᵊl"),
        # One letter, two phonemes
        ("box", "bˈɑks", "b=b o=ˈɑ x=ks"),
        ("exam", "ɪɡzˈæm", "e=ɪ x=ɡz a=ˈæ m=m"),
        ("one", "wˈʌn", "o=wˈʌ ne=n"),
        # Other readings of the same spelling
        ("schedule", "skˈɛʤˌul", "s=s ch=k e=ˈɛ d=ʤ u=ˌu le=l"),
        ("schedule", "ʃˈɛdjuːl", "sch=ʃ e=ˈɛ d=d u=juː le=l"),
        ("colonel", "kˈɜɹnᵊl", "c=k olo=ˈɜɹ n=n e=ᵊ l=l"),
        ("colonel", "kˈɜːnᵊl", "c=k olo=ˈɜː n=n e=ᵊ l=l"),
        # Apostrophes, accents and capitals
        ("isn't", "ˈɪzᵊnt", "i=ˈɪ s=z n'=ᵊn t=t"),
        ("They're", "ðˌɛɹ", "Th=ð ey'=ˌɛ re=ɹ"),
        ("café", "kæfˈA", "c=k a=æ f=f é=ˈA"),
        ("FBI", "ˌɛfbˌiˈI", "F=ˌɛf B=bˌi I=ˈI"),
        ("mp3", "ˌɛmpˈi θɹˈi", "m=ˌɛm p=pˈi 3= θɹˈi"),
        # Other languages, as espeak writes them
        ("niño", "nˈiɲo", "n=n i=ˈi ñ=ɲ o=o"),
        ("chaud", "ʃˈo", "ch=ʃ aud=ˈo"),
        ("famiglia", "famˈiʎʎa", "f=f a=a m=m i=ˈi gl=ʎ i=ʎ a=a"),
    ],
)
def test_letters_are_heard_as_the_phonemes_they_are_read_as(word: str, phonemes: str, expected: str) -> None:
    assert sounds_of(word, phonemes) == expected


@pytest.mark.parametrize(
    ("word", "phonemes"),
    [("1984", "nˌIntˈinˈATifˈɔɹ"), ("дом", "dˈom"), ("a" * (MAX_LETTERS + 1), "a" * 60)],
    ids=["digits", "another alphabet", "very long"],
)
def test_what_cannot_be_read_letter_by_letter_is_shared_out_evenly(word: str, phonemes: str) -> None:
    shares = letter_shares(word, phonemes)
    assert {(share.after, share.before) for share in shares[1:]} == {(0, len(phonemes))}
    widths = [right.share - left.share for left, right in pairwise(shares)]
    assert widths == pytest.approx([1 / len(word)] * len(word), rel=0.35)


def test_a_silent_letter_gets_less_of_a_sound_than_one_that_is_heard() -> None:
    _, k, n, *_ = letter_shares("knight", "nˈIt")
    assert (k.after, k.before) == (n.after, n.before) == (0, 1)
    assert 0 < k.share < n.share - k.share


@given(st.text(min_size=1, max_size=70), st.text(min_size=1, max_size=120))
def test_boundaries_go_from_the_first_phoneme_to_the_last_and_never_back(word: str, phonemes: str) -> None:
    shares = letter_shares(word, phonemes)
    places = [share.after + (share.before - share.after) * share.share for share in shares]
    assert len(places) == len(word) + 1
    assert places[0] == 0
    assert places[-1] == len(phonemes)
    assert places == sorted(places)


def test_the_worst_words_take_milliseconds() -> None:
    began = time.process_time()
    letter_shares("q" * MAX_LETTERS, "ə" * 90)
    letter_shares("a" * 10_000, "ə" * 10_000)
    assert time.process_time() - began < 1
