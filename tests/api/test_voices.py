"""Names of other services' voices, and the voices they stand for."""

import pytest

from app.api.errors import ApiError
from app.api.voices import ELEVENLABS_VOICES, OPENAI_VOICES, resolve_voice
from app.kokoro.voices import Voices
from tests.fakes import FakeService


def test_every_name_of_the_tables_stands_for_a_voice_that_there_is(voices: Voices) -> None:
    assert {*ELEVENLABS_VOICES.values(), *OPENAI_VOICES.values()} <= set(voices.names)
    assert ELEVENLABS_VOICES["21m00Tcm4TlvDq8ikWAM"] == "af_heart"  # Rachel
    assert ELEVENLABS_VOICES["JBFqnCBsd6RMkjVDRZzb"] == "bm_george"  # George
    assert all(len(name) == 20 for name in ELEVENLABS_VOICES)


def test_a_voice_on_offer_goes_before_an_alias_of_the_settings_and_that_before_the_tables(service: FakeService) -> None:
    service.configure(voice_aliases={"af_bella": "bf_emma", "coral": "bf_emma", "Rachel": "am_michael+bf_emma"})
    assert resolve_voice("af_bella", service) == "af_bella"
    assert resolve_voice("coral", service) == "bf_emma"
    assert resolve_voice("Rachel", service) == "am_michael(0.5)+bf_emma(0.5)"
    assert resolve_voice("ash", service) == "am_michael"


def test_the_parts_of_a_blend_may_be_aliases(service: FakeService) -> None:
    assert resolve_voice("ash(3)+af_bella", service) == "am_michael(0.75)+af_bella(0.25)"
    assert resolve_voice("ash+am_michael", service) == "am_michael"


@pytest.mark.parametrize(
    ("asked", "code", "says"),
    [
        ("af_belle", "unknown_voice", 'no voice "af_belle". Did you mean af_bella?'),
        ("af_bella+nobody", "unknown_voice", 'no voice "nobody"'),
        ("jf_alpha", "unknown_voice", '"jf_alpha" speaks Japanese, which is not spoken here'),
        ("zm_yunxi", "unknown_voice", "speaks Mandarin Chinese"),
        ("nova", "unknown_voice", 'no voice "nova"'),  # its voice is not on offer here
        ("af_bella(", "bad_blend", "is written as"),
        ("", "bad_blend", "is written as"),
    ],
)
def test_what_is_no_voice_is_told(service: FakeService, asked: str, code: str, says: str) -> None:
    with pytest.raises(ApiError, match=says.replace("(", r"\(")) as caught:
        resolve_voice(asked, service)
    assert caught.value.code == code
