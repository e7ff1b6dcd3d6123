"""E-mail and web addresses, file names, tags, versions, telephone numbers."""

from __future__ import annotations

import re
from collections.abc import Iterator

from app.text.edits import Part
from app.text.english.identifiers import in_words
from app.text.english.numbers import cardinal, digits
from app.text.english.rules import Accent, Match, Rule, Saying

_SIGNS = {
    ".": "dot", "/": "slash", "\\": "backslash", ":": "colon", "-": "dash", "_": "underscore", "@": "at",
    "?": "question mark", "=": "equals", "&": "and", "#": "hash", "%": "percent", "+": "plus", "~": "tilde",
    ",": "comma", "*": "star", "$": "dollar",
}  # fmt: skip
_ENDINGS = (
    "com org net edu gov io ai dev app co uk de fr es it eu us ca au jp cn in br nl se ch at be info biz me tv xyz "
    "tech cloud online site store blog news int mil"
)
_DOMAIN = "|".join(_ENDINGS.split())
_FILE_TYPES = (
    "txt pdf doc docx xls xlsx ppt pptx csv tsv json yaml yml toml xml html htm css js ts jsx tsx py ipynb rb go "
    "rs java kt swift c h cpp hpp cs php sh bash zsh ps1 bat sql md rst tex log ini cfg conf env lock exe dll so "
    "dmg iso zip tar gz bz2 xz 7z rar jpg jpeg png gif svg webp bmp tiff ico mp3 wav ogg flac opus m4a mp4 mkv avi "
    "mov webm srt vtt pt pth onnx safetensors bin dat db sqlite parquet pkl npz npy vue scss less"
)
_FILE_TYPE = "|".join(sorted(_FILE_TYPES.split(), key=len, reverse=True))
_PIECE = re.compile(r"[^\W\d_]+|\d+|[^\w\s]|_")
_SPELLED = frozenset(
    "pdf doc docx xls xlsx ppt pptx csv tsv xml html htm css js ts jsx tsx py rb rs kt cpp hpp cs php sh sql md "
    "rst cfg exe dll dmg gz bz xz jpg png svg bmp mp wav flac mkv avi mov srt vtt pth db npz npy www http https "
    "ftp ssh io ai uk de fr es eu us ca au jp cn br nl se ch tv".split()
)
_SAID = {"com": "com", "org": "org", "jpeg": "jay peg", "gif": "gif", "yml": "yamel", "yaml": "yamel", "json": "jason"}


def _spelled(match: Match, start: int, end: int) -> Iterator[Part]:
    """An address piece by piece: words as words, signs by their name, digits one by one where there are many."""
    text = match.string
    said = False
    for piece in _PIECE.finditer(text, start, end):
        written = piece[0]
        if written in _SIGNS:
            spoken = _SIGNS[written]
        elif written.isdecimal():
            spoken = cardinal(written) if len(written) < 3 and written[0] != "0" else digits(written)
        elif written.lower() in _SAID:
            spoken = _SAID[written.lower()]
        elif written.lower() in _SPELLED:
            spoken = written.upper()
        elif written.isalpha():
            spoken = in_words(written)
        else:
            continue
        yield Part(f" {spoken}" if said else spoken, *piece.span())
        said = True


def _say_spelled(match: Match, accent: Accent) -> Saying:
    return list(_spelled(match, match.start("said"), match.end("said")))


def _say_file(match: Match, accent: Accent) -> Saying:
    return list(_spelled(match, *match.span()))


def _say_hashtag(match: Match, accent: Accent) -> Saying:
    word = Part(f" {in_words(match['word'])}", *match.span("word"))
    return [Part("hashtag", match.start(), match.start("word")), word]


def _say_mention(match: Match, accent: Accent) -> Saying:
    return list(_spelled(match, *match.span()))


def _say_version(match: Match, accent: Accent) -> Saying:
    numbers = match["version"].split(".")
    if len(numbers) == 4 and all(int(number) < 256 for number in numbers) and not match["v"]:
        words = " dot ".join(digits(number) for number in numbers)
    else:
        words = " point ".join(cardinal(number) for number in numbers)
    if match["tag"]:
        words += f" {in_words(match['tag'])}"
    return f"version {words}" if match["v"] else words


def _say_telephone(match: Match, accent: Accent) -> Saying:
    """Digit by digit with a short pause between the groups, as people dictate them."""
    parts: list[Part] = []
    for group in re.finditer(r"\+|\d+", match[0]):
        written, start = group[0], match.start()
        if written == "+":
            spoken = "plus "
        elif written in ("800", "888", "877", "900"):
            spoken = f"{cardinal(written[0])} hundred" if written[1:] == "00" else digits(written)
        else:
            spoken = digits(written, "oh" if accent.british else "zero")
        comma = ", " if parts and not parts[-1].spoken.endswith(" ") else ""
        parts.append(Part(f"{comma}{spoken}", start + group.start(), start + group.end()))
    return parts


_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,62})"
_HOST = rf"(?:{_LABEL}\.){{1,6}}[A-Za-z]{{2,24}}"
_PATH = r"(?:[/?#](?:[\w/.~%&=+#?:@,$*-]{0,200}[\w/])?)?"

EMAIL = Rule(re.compile(rf"(?P<said>[A-Za-z0-9][\w.%+-]{{0,64}}@{_HOST})(?![\w@-])"), _say_spelled)
URL = Rule(
    re.compile(
        rf"(?:(?:https?|ftp|wss?)://)(?:www\.)?(?P<said>(?:{_HOST}|localhost|\d{{1,3}}(?:\.\d{{1,3}}){{3}})(?::\d{{1,5}})?{_PATH})",
        re.IGNORECASE,
    ),
    _say_spelled,
)
DOMAIN = Rule(
    re.compile(
        rf"(?P<said>(?:www\.)(?:{_HOST})(?::\d{{1,5}})?{_PATH}"
        rf"|(?<![\w.@/\\-])(?:{_LABEL}\.){{1,4}}(?:{_DOMAIN})(?::\d{{1,5}})?(?![\w-]|\.\w){_PATH})"
    ),
    _say_spelled,
)
FILE = Rule(
    re.compile(rf"(?<![\w.])[\w-]{{1,64}}(?:\.[\w-]{{1,32}}){{0,3}}\.(?:{_FILE_TYPE})(?!\w|\.\w|\()"), _say_file
)
PATH = Rule(
    re.compile(
        r"(?<![\w./\\~])(?:(?:~|\.{1,2})[/\\](?:[\w.-]{1,64}[/\\]){0,12}|(?:[A-Za-z]:)?[/\\](?:[\w.-]{1,64}[/\\]){1,12})"
        r"[\w.-]{0,63}\w"
    ),
    _say_file,
)
HASHTAG = Rule(re.compile(r"(?<![\w&#])#(?P<word>[^\W\d]\w{0,100})"), _say_hashtag)
MENTION = Rule(re.compile(r"(?<![\w@.])@[^\W\d_]\w{0,60}(?:\.\w{1,30})?"), _say_mention)
VERSION = Rule(
    re.compile(
        r"(?<![\w.])(?P<v>[vV](?=\d))?(?P<version>\d{1,5}(?:\.\d{1,5}){2,4})(?:-?(?P<tag>(?:alpha|beta|rc|dev)\d{0,3}))?(?![\w]|\.\d)"
    ),
    _say_version,
)
SHORT_VERSION = Rule(
    re.compile(
        r"(?<![\w.])(?P<v>[vV])(?P<version>\d{1,4}(?:\.\d{1,5})?)(?:-?(?P<tag>(?:alpha|beta|rc|dev)\d{0,3}))?(?![\w]|\.\d)"
    ),
    _say_version,
)
TELEPHONE = Rule(
    re.compile(
        r"(?<![\w.,-])(?:"
        r"\+\d{1,3}(?:[ .\u00a0-]?\(?\d{1,5}\)?){1,5}(?:[ .\u00a0-]?\d{2,5})"
        r"|(?:1[ .-])?\(\d{3}\)[ ]?\d{3}[ .-]\d{4}"
        r"|(?:1[.-])?\d{3}([.-])\d{3}\1\d{4}"
        r"|\d{3}-\d{4}"
        r"|0\d{2,4}[ ]\d{3,4}[ ]\d{3,4}"
        r")(?![\w]|[-.]\d)"
    ),
    _say_telephone,
)

EMERGENCY = Rule(re.compile(r"(?<![\w.,-])911(?![\w-]|[.,]\d)"), _say_telephone)
SERIAL = Rule(re.compile(r"(?<![\w.,-])\d{1,7}(?:-\d{1,7}){2,6}(?:-X)?(?![\w-]|\.\d)"), _say_telephone)
POSTCODE = Rule(re.compile(r"(?<=\b[A-Z]{2} )\d{5}(?:-\d{4})?(?![\w-]|[.,]\d)"), _say_telephone)
"""After the two letters of a state."""

DIGIT_RULES = (EMERGENCY, POSTCODE, TELEPHONE, VERSION, FILE, SERIAL)
LETTER_RULES = (EMAIL, URL, DOMAIN, FILE, VERSION, SHORT_VERSION, PATH)
OTHER_RULES = (TELEPHONE, HASHTAG, MENTION, PATH)
