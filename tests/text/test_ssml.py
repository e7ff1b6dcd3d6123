from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.text.normalize import spoken_form
from app.text.ssml import spoken_ssml


@pytest.mark.parametrize(
    ("ssml", "text"),
    [
        ("Plain.", "Plain."),
        ("<speak>Plain.</speak>", "Plain."),
        ('<?xml version="1.0"?><speak xmlns="http://www.w3.org/2001/10/synthesis">Plain.</speak>', "Plain."),
        ('A<break time="500ms"/>B', "A[pause:500ms]B"),
        ('A<break time="1.5s"/>B', "A[pause:1500ms]B"),
        ('A<break strength="strong"/>B<break/>', "A[pause:700ms]B[pause:400ms]"),
        ('A<break time="1h"/>B', "A[pause:400ms]B"),
        ('<sub alias="World Wide Web">WWW</sub>!', "World Wide Web!"),
        ('<phoneme alphabet="ipa" ph="wˈɪn">Nguyen</phoneme>.', "[Nguyen](/wˈɪn/)."),
        ('<phoneme ph="kat">cat</phoneme>', "[cat](/ˈkat/)"),
        ('<say-as interpret-as="characters">NASA</say-as>', "N A S A"),
        ('<say-as interpret-as="digits">2024</say-as>', "2 0 2 4"),
        ('<say-as interpret-as="ordinal">21</say-as>', "21th"),
        ('<say-as interpret-as="date">3/4/2024</say-as>', "3/4/2024"),
        ('<prosody rate="slow">A</prosody>B', "[rate:0.8000]A[rate:1.0000]B"),
        ('<prosody rate="120%">A<prosody rate="-50%">B</prosody></prosody>', None),
        ("<p>One</p><p>Two</p>", "\n\nOne\n\n\n\nTwo\n\n"),
        ("<emphasis>so</emphasis> <voice name='x'>it</voice>", "so it"),
        ("a &lt; b &amp; c &#233;", "a < b & c é"),
        ("<![CDATA[a < b]]> c", "a < b c"),
        ("a<!-- not this -->b", "ab"),
        ("a\r\nb", "a\nb"),
    ],
)
def test_elements(ssml: str, text: str | None) -> None:
    expected = "[rate:1.2000]A[rate:0.6000]B[rate:1.2000][rate:1.0000]" if text is None else text
    assert spoken_ssml(ssml).text == expected


@pytest.mark.parametrize(
    "broken",
    ["<speak>no end", "a < b", "<b>a</i>", "&nothing;", '<!DOCTYPE x [<!ENTITY e "boo">]><speak>&e;</speak>', "\x00"],
)
def test_what_is_no_ssml_is_left_as_it_is(broken: str) -> None:
    assert spoken_ssml(broken).text == broken


@pytest.mark.parametrize(
    ("ssml", "said", "part", "heard"),
    [
        ("<speak>One &amp; <b>two</b></speak>", "One and two", "&amp;", "and"),
        ('The <sub alias="web">WWW</sub>!', "The web!", "WWW", "web"),
        ('<speak>It is <say-as interpret-as="digits">42</say-as>.</speak>', "It is four two.", "42", "four two"),
        ("<speak>Pay $5 &lt; now</speak>", "Pay five dollars < now", "$5", "five dollars"),
    ],
)
def test_what_is_said_has_its_place_in_the_ssml(ssml: str, said: str, part: str, heard: str) -> None:
    spoken = spoken_form(spoken_ssml(ssml))
    assert spoken.text == said
    start = ssml.index(part)
    found = [
        letter
        for letter, (first, last) in zip(spoken.text, spoken.spans, strict=True)
        if start <= first and last <= start + len(part)
    ]
    assert "".join(found) == heard


PIECES = [
    "<p>",
    "</p>",
    "<break/>",
    "<sub alias='x'>",
    "</sub>",
    "<speak>",
    "</speak>",
    "&amp;",
    "&",
    "<",
    "word ",
    "é",
    "\r\n",
]


@given(st.lists(st.sampled_from(PIECES), max_size=30).map("".join))
def test_any_text_has_places_that_never_go_back(text: str) -> None:
    spoken = spoken_ssml(text)
    assert len(spoken.spans) == len(spoken.text)
    assert list(spoken.spans) == sorted(spoken.spans)
    assert all(0 <= start < end <= len(text) for start, end in spoken.spans)


@pytest.mark.parametrize("unit", ["<p>", "<p></p>", "<", "&", "&amp;", "<!--", "<a b='"])
def test_hostile_text_takes_linear_time(unit: str) -> None:
    began = time.process_time()
    spoken_ssml(unit * (20_000 // len(unit)))
    # Below 0.1 s; quadratic time would be minutes.
    assert time.process_time() - began < 2
