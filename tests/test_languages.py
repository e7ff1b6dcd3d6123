"""What clients call a language, and which one is spoken then."""

from __future__ import annotations

import time

import pytest

from app.kokoro.voices import spoken_language
from app.languages import LANGUAGES, UnsupportedLanguage, find_language


@pytest.mark.parametrize(
    ("tags", "language"),
    [
        ("en eng EN", "en"),
        ("en-US en_us en-us-x-anything en-CA a eng-US", "en-us"),
        ("en-GB en-uk EN_GB en-AU en-IE b", "en-gb"),
        ("es es-ES es-MX es-419 ES_ar spa e", "es"),
        ("fr fr-FR fr-CA fra fre f", "fr-fr"),
        ("hi hi-IN hin h", "hi"),
        ("it it-IT ita i", "it"),
        ("pt pt-BR pt_br pt-PT por p", "pt-br"),
    ],
)
def test_a_tag_is_the_language_whatever_its_country_and_form(tags: str, language: str) -> None:
    assert {tag: find_language(tag) for tag in tags.split()} == dict.fromkeys(tags.split(), language)


@pytest.mark.parametrize(
    ("tag", "says"),
    [
        ("ja", "it is Japanese"),
        ("jpn", "it is Japanese"),
        ("j", "it is Japanese"),
        ("zh-TW", "it is Mandarin Chinese"),
        ("cmn", "it is Mandarin Chinese"),
        ("z", "it is Mandarin Chinese"),
        ("de", "here. Spoken are American English"),
        ("gl", "here. Spoken are American English"),
        ("und", "here. Spoken are American English"),
        ("mul", "here. Spoken are American English"),
        ("x", "nor is it a BCP-47 tag"),
        ("", "nor is it a BCP-47 tag"),
        ("español", "nor is it a BCP-47 tag"),
        ("\ud800", "nor is it a BCP-47 tag"),
    ],
)
def test_what_is_not_spoken_is_refused_with_what_is(tag: str, says: str) -> None:
    with pytest.raises(UnsupportedLanguage) as refused:
        find_language(tag)
    assert says in str(refused.value)
    assert all(language.name in str(refused.value) for language in LANGUAGES.values())


@pytest.mark.parametrize("tag", ["x" * 100_000, "a-" * 50_000, "en-" + "abc-" * 20_000, "-"])
def test_a_hostile_tag_is_refused_quickly_and_briefly(tag: str) -> None:
    began = time.process_time()
    with pytest.raises(UnsupportedLanguage) as refused:
        find_language(tag)
    assert time.process_time() - began < 2
    assert len(str(refused.value)) < 400


@pytest.mark.parametrize(
    ("asked", "voice", "spoken"),
    [
        (None, "af_heart", "en-us"),
        (None, "bm_george", "en-gb"),
        (None, "ef_dora", "es"),
        (None, "ff_siwis(0.5)+af_heart(0.5)", "fr-fr"),
        (None, "-pf_dora(1)+af_heart(2)", "pt-br"),
        ("en", "bm_george", "en-gb"),
        ("en", "if_sara", "en-us"),
        ("hi", "af_heart", "hi"),
        ("en-gb", "ef_dora", "en-gb"),
        ("tlh", "ef_dora", "es"),
    ],
)
def test_a_voice_brings_its_language_unless_another_one_is_named(asked: str | None, voice: str, spoken: str) -> None:
    assert spoken_language(asked, voice) == spoken
