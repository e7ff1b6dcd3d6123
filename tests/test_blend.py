"""Blends of voices as clients write them."""

import pytest

from app.blend import MAX_PARTS, BadBlend, blend_name, parse_blend


@pytest.mark.parametrize(
    ("text", "shares"),
    [
        ("af_heart", {"af_heart": 1.0}),
        ("af_bella+af_sky", {"af_bella": 0.5, "af_sky": 0.5}),
        ("af_bella(2)+af_sky(1)", {"af_bella": 2 / 3, "af_sky": 1 / 3}),
        (" af_bella (0.5) + af_sky(.5) ", {"af_bella": 0.5, "af_sky": 0.5}),
        ("af_bella(3)-af_sky", {"af_bella": 1.5, "af_sky": -0.5}),
        ("af_bella+af_sky+af_bella", {"af_bella": 2 / 3, "af_sky": 1 / 3}),
        ("a(1e-7)+b", {"a": 1e-7 / (1 + 1e-7), "b": 1 / (1 + 1e-7)}),
    ],
)
def test_shares_add_up_to_one(text: str, shares: dict[str, float]) -> None:
    assert parse_blend(text) == pytest.approx(shares)
    assert parse_blend(blend_name(parse_blend(text))) == pytest.approx(shares)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "is written as"),
        ("+", "is written as"),
        ("a+", "is written as"),
        ("+a", "is written as"),
        ("a(2", "is written as"),
        ("a(2)b", "is written as"),
        ("a(two)+b", "The weight of a must be a number above 0, not 'two'"),
        ("a(0)+b", "must be a number above 0"),
        ("a(nan)", "must be a number above 0"),
        ("a(inf)", "must be a number above 0"),
        ("a-b", "add up to more than nothing"),
        ("a-a", "add up to more than nothing"),
        ("+".join("abcdefghi"), f"may have {MAX_PARTS} parts and this one has 9"),
    ],
)
def test_anything_else_is_refused_in_a_sentence(text: str, says: str) -> None:
    with pytest.raises(BadBlend, match=says):
        parse_blend(text)


def test_a_single_voice_is_its_name() -> None:
    assert blend_name({"af_heart": 1.0}) == "af_heart"
