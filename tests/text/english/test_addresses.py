from __future__ import annotations

import pytest

from app.text.normalize import spoken_form


def table(*rows: tuple[str, str]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize(("written", "said"), rows)


@table(
    ("john.doe@example.com", "john dot doe at example dot com"),
    ("a+b@d.co.uk.", "a plus b at d dot co dot UK."),
    ("not@", "not@"),
)
def test_e_mail(written: str, said: str) -> None:
    assert spoken_form(written).text == said


@table(
    ("https://www.example.com/a?q=1", "example dot com slash a question mark q equals one"),
    ("visit www.example.com.", "visit WWW dot example dot com."),
    ("example.org, kokoro.ai", "example dot org, kokoro dot AI"),
    ("http://localhost:8000/docs!", "localhost colon eight zero zero zero slash docs!"),
    ("end.Then", "end.Then"),
)
def test_web_addresses(written: str, said: str) -> None:
    assert spoken_form(written).text == said


@table(
    ("report.pdf", "report dot PDF"),
    ("image_01.png", "image underscore zero one dot PNG"),
    ("/usr/local/bin", "slash usr slash local slash bin"),
    ("~/.bashrc", "tilde slash dot bashrc"),
    ("./run.sh", "dot slash run dot SH"),
    ("and/or, his/her", "and or, his her"),
)
def test_files(written: str, said: str) -> None:
    assert spoken_form(written).text == said


@table(
    ("#ThrowbackThursday", "hashtag throwback thursday"),
    ("#1 and #20", "number one and number twenty"),
    ("thanks @john_doe!", "thanks at john underscore doe!"),
)
def test_tags_and_mentions(written: str, said: str) -> None:
    assert spoken_form(written).text == said


@table(
    ("v2.0.1", "version two point zero point one"),
    ("3.11.7-rc1, v1.2-beta", "three point eleven point seven rc one, version one point two beta"),
    ("192.168.0.1", "one nine two dot one six eight dot zero dot one"),
)
def test_versions(written: str, said: str) -> None:
    assert spoken_form(written).text == said


@table(
    ("555-123-4567", "five five five, one two three, four five six seven"),
    ("(555) 123-4567", "five five five, one two three, four five six seven"),
    ("+1 555 123 4567", "plus one, five five five, one two three, four five six seven"),
    ("1-800-555-1234", "one, eight hundred, five five five, one two three four"),
    ("555-1234", "five five five, one two three four"),
    ("call 911 now", "call nine one one now"),
    ("ISBN 978-3-16-148410-0", "ISBN nine seven eight, three, one six, one four eight four one zero, zero"),
    ("NY 10001-1234", "NY one zero zero zero one, one two three four"),
)
def test_telephone_and_serial_numbers(written: str, said: str) -> None:
    assert spoken_form(written).text == said


def test_britons_say_oh_on_the_telephone() -> None:
    assert spoken_form("020 7946 0958", language="en-gb").text == "oh two oh, seven nine four six, oh nine five eight"
