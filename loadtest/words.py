"""Whether a recogniser hears the words that were meant: the service beside kokoro's own pipeline.

    python -m loadtest.words                            all sentences, and the section of docs/quality.md
    python -m loadtest.words --no-write --sentences 2   a quick look

Ends with 1 where a bar is missed. The section's text is in ``loadtest.words_report``.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

import typer
from tqdm import tqdm

from loadtest.words_sentences import SENTENCES, VOICES

if TYPE_CHECKING:
    from loadtest.quality_measures import Listener
    from loadtest.upstream import Upstream
    from loadtest.words_sounds import Service


@dataclass(frozen=True, slots=True)
class Heard:
    """One sentence by one voice: what was meant, and what was heard of both systems."""

    kind: str
    voice: str
    text: str
    spoken: str
    """The spoken text, which both systems are to say."""
    service: str
    upstream: str
    """As the recogniser wrote it."""


@dataclass(frozen=True, slots=True)
class Bar:
    """What is asked for, and what was found."""

    name: str
    wanted: str
    found: str
    met: bool


ALLOWED_POINTS = 1.0
"""Of the word error rate, in percent of the words."""


def comparable(text: str, voice: str) -> str:
    """The words of a text, spelled the same way whoever wrote it.

    A recogniser writes "$5" and "GitHub" or "five dollars" and "Git Hub" as it likes. All texts go through the
    service's own normaliser, so that figures become words, and lose diacritics, capitals and punctuation.
    """
    from anyascii import anyascii

    from app.kokoro.voices import language_of
    from app.text.normalize import spoken_form
    from loadtest.quality_measures import plain

    words = anyascii(spoken_form(text, language=language_of(voice)).text)
    return " ".join(plain(words.replace("/", " ")).split())


def chosen(sentences: int | None) -> list[tuple[str, str, str]]:
    """Kinds, texts and voices."""
    return [
        (kind, text, VOICES[number % len(VOICES)])
        for kind, texts in SENTENCES.items()
        for number, text in enumerate(texts[:sentences])
    ]


def listen(
    service: Service, upstream: Upstream, listener: Listener, sentences: Sequence[tuple[str, str, str]]
) -> Iterator[Heard]:
    """Speak all sentences by both systems and write down what is heard."""
    from app.kokoro.voices import language_of
    from app.text.normalize import spoken_form
    from loadtest.quality_measures import at_16_khz

    for kind, text, voice in sentences:
        spoken = spoken_form(text, language=language_of(voice)).text
        sounds = at_16_khz(service.speak(text, voice)), at_16_khz(upstream.speak(spoken, voice))
        yield Heard(kind, voice, text, spoken, *map(listener.write, sounds))


@dataclass(frozen=True, slots=True)
class Rates:
    """Word error rates of some sentences, in percent."""

    words: int
    service: float
    upstream: float

    @classmethod
    def of(cls, heard: Sequence[Heard]) -> Rates:
        """The figures of some sentences."""
        from loadtest.quality_measures import word_error_rate

        meant = [comparable(one.spoken, one.voice) for one in heard]
        service, upstream = (
            100 * word_error_rate(meant, [comparable(text, one.voice) for one, text in zip(heard, texts, strict=True)])
            for texts in ([one.service for one in heard], [one.upstream for one in heard])
        )
        return cls(sum(len(text.split()) for text in meant), service, upstream)

    @property
    def worse(self) -> float:
        """Points by which the service is worse than the pipeline."""
        return self.service - self.upstream


def bars(heard: Sequence[Heard]) -> list[Bar]:
    """Those that have to be met."""
    found = []
    for name in (*SENTENCES, "all"):
        own = [one for one in heard if name in (one.kind, "all")]
        if own:
            worse = Rates.of(own).worse
            wanted = f"at most {ALLOWED_POINTS:g} point worse"
            found.append(Bar(f"word errors, {name}", wanted, f"{worse:+.1f} points", worse <= ALLOWED_POINTS))
    return found


def main(
    sentences: Annotated[int | None, typer.Option(min=1, help="of each class; default: all")] = None,
    device: Annotated[str, typer.Option(help="of the service: cpu or cuda; the pipeline is on the CPU")] = "cpu",
    write: Annotated[bool, typer.Option(help="into docs/quality.md")] = True,
) -> None:
    """Measure, write the section, and end with 1 where a bar is missed."""
    from app.kokoro.process import before_torch

    before_torch()
    warnings.simplefilter("ignore")
    from app.assets import prepare
    from app.settings import Settings
    from loadtest.quality_document import write_section
    from loadtest.quality_measures import Listener
    from loadtest.upstream import Upstream
    from loadtest.words_report import section
    from loadtest.words_sounds import Service

    settings = Settings()
    assets = prepare(settings.weights)
    kokoro = settings.kokoro.model_copy(update={"device": device})
    upstream, service = Upstream(assets), Service(assets, settings.model_copy(update={"kokoro": kokoro}))
    tasks = chosen(sentences)
    heard = list(tqdm(listen(service, upstream, Listener(), tasks), "Listening", len(tasks), unit="sentence"))
    checked = bars(heard)
    text = section(heard, checked)
    if write:
        write_section("words", text)
    print(text)
    if not all(bar.met for bar in checked):
        raise SystemExit(1)


if __name__ == "__main__":
    typer.run(main)
