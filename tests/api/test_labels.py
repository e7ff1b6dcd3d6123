"""What lists tell of voices."""

from __future__ import annotations

import pytest

from app.api.labels import GRADES, labels_of
from app.kokoro.voices import Voices, language_of
from app.languages import LANGUAGES


@pytest.mark.parametrize(
    ("voice", "labels"),
    [
        ("af_heart", {"language": "en", "accent": "american", "gender": "female", "grade": "A"}),
        ("bm_lewis", {"language": "en", "accent": "british", "gender": "male", "grade": "D+"}),
        ("em_alex", {"language": "es", "accent": "peninsular", "gender": "male"}),
        ("ff_siwis", {"language": "fr", "accent": "french", "gender": "female", "grade": "B-"}),
        ("hm_psi", {"language": "hi", "accent": "indian", "gender": "male", "grade": "C"}),
        ("if_sara", {"language": "it", "accent": "italian", "gender": "female", "grade": "C"}),
        ("pf_dora", {"language": "pt", "accent": "brazilian", "gender": "female"}),
        ("af_heart(0.5)+bm_lewis(0.5)", {"language": "en", "accent": "american", "gender": "female"}),
        ("-ef_dora(1)+bm_lewis(2)", {"language": "es", "accent": "peninsular", "gender": "female"}),
        ("ana", {"language": "en", "accent": "american", "gender": "neutral"}),
    ],
)
def test_labels_come_from_the_name_and_grades_from_the_authors_list(voice: str, labels: dict[str, str]) -> None:
    assert labels_of(voice) == labels


def test_voices_of_all_languages_are_on_offer_and_every_grade_is_of_one_of_them(voices: Voices) -> None:
    assert {language_of(name) for name in voices.names} == set(LANGUAGES)
    assert set(GRADES) <= set(voices.names)
    assert {name for name in voices.names if name not in GRADES} == {
        *("ef_dora", "em_alex", "em_santa", "pf_dora", "pm_alex", "pm_santa"),
    }
