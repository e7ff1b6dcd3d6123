from __future__ import annotations

import pytest

from app.text.normalize import spoken_form


def table(*rows: tuple[str, str]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize(("written", "said"), rows)


@table(
    ("Dr. Smith", "Doctor Smith"),
    ("Elm Dr. is", "Elm Drive is"),
    ("St. Mary's on Main St. in town", "Saint Mary's on Main Street in town"),
    ("He lives on Main St.", "He lives on Main Street."),
    ("Main St. She left.", "Main Street. She left."),
    ("St. John St., 5th Ave.", "Saint John Street, fifth Avenue."),
    ("Mr. and Mrs. Jones", "Mr. and Missus Jones"),
    ("Mt. Everest, Ft. Worth", "Mount Everest, Fort Worth"),
    ("Jones Jr. and Co.", "Jones Junior and Company."),
    ("Acme Inc. went", "Acme Incorporated went"),
    ("e.g. this, i.e. that", "for example this, that is that"),
    ("cats, dogs, etc. We", "cats, dogs, et cetera. We"),
    ("cats vs. dogs", "cats versus dogs"),
    ("No. 5, p. 12, Fig. 3", "number five, page twelve, Figure three"),
    ("No. It is.", "No. It is."),
    ("w/o milk, w/ sugar", "without milk, with sugar"),
)
def test_titles_and_abbreviations(written: str, said: str) -> None:
    assert spoken_form(written).text == said


@table(
    ("AT&T, R&D", "AT and T, R and D"),
    ("you & me", "you and me"),
    ("C++, C#", "C plus plus, C sharp"),
    ("2 + 2 = 4", "two plus two equals four"),
    ("x=5", "x equals five"),
    ("§ 5, §§ 6", "section five, sections six"),
    ("HTTP/2", "HTTP two"),
)
def test_signs_between_words(written: str, said: str) -> None:
    assert spoken_form(written).text == said


@table(
    ("Well done 👍🏽. Yes!", "Well done. Yes!"),
    ("ok :-) then", "ok then"),
    ("I <3 you", "I you"),
    ("He said: (yes)", "He said: (yes)"),
)
def test_emoji_and_emoticons_are_silent(written: str, said: str) -> None:
    assert spoken_form(written).text == said


@table(
    ("getUserName()", "get user name"),
    ("max_ahead_s", "max ahead s"),
    ("foo.bar()", "foo dot bar"),
    ("parseHTML5Now", "parse HTML five now"),
    ("__init__", "init"),
    ("iPhone, McDonald, YouTube", "iPhone, McDonald, YouTube"),
    ("macOS", "mac O S"),
    ("x86_64", "x eighty-six sixty-four"),
    ("List<String> and Option<T>", "List String and Option T"),
    (".gitignore and the .env of .NET", "dot gitignore and the dot env of dot NET"),
    ("async on k8s", "async on Kubernetes"),
    ("BibTeX, NaN, kHz", "bib tech, N A N, kilohertz"),
)
def test_names_of_programmers(written: str, said: str) -> None:
    assert spoken_form(written).text == said


@table(
    ("sooooo good", "so good"),
    ("AAA and IEEE", "AAA and IEEE"),
    ("NOOOO", "NO"),
    ("brrrrr, shhhh", "brr, shh"),
    ("yesss, hellooo", "yes, hello"),
    ("looong", "long"),
    ("NOOOO", "NO"),
    ("www", "www"),
    ("committee", "committee"),
)
def test_stretched_words(written: str, said: str) -> None:
    assert spoken_form(written).text == said


@table(
    ("NASA and NATO", "NASA and NATO"),
    ("THIS IS GREAT", "THIS IS GREAT"),
    ("the U.S.A. and GPUs", "the U.S.A. and GPUs"),
)
def test_capitals_are_left_to_the_lexicon(written: str, said: str) -> None:
    assert spoken_form(written).text == said


@table(
    ("**bold** and *it*", "bold and it"),
    ("__so__ and _em_", "so and em"),
    ("`code` here", "code here"),
    ("~~gone~~", "gone"),
    ("# Heading\n\nText", "Heading.\nText"),
    ("> quoted\n> again", "quoted again"),
    ("[a link](http://x.y/z_(1)) here", "a link here"),
    ("![a cat](cat.png) sits", "a cat sits"),
    ("before\n\n---\n\nafter", "before.\nafter"),
    ("| a | b |\n|---|---|\n| c | d |", "a, b.\nc, d"),
    ("- [x] done", "done"),
    ("<b>hi</b> &amp; you", "hi and you"),
    ("Run\n```sh\nls\n```", "Run.\nls "),
    ("him * her", "him * her"),
    ("a|b", "a|b"),
)
def test_markup_is_not_said(written: str, said: str) -> None:
    assert spoken_form(written).text == said


def test_nothing_of_it_happens_without_normalisation() -> None:
    written = "**Dr.** Smith paid $5 on 3/4/2024 for 10 km, see a_b.pdf"
    assert spoken_form(written, normalize=False).text == written
