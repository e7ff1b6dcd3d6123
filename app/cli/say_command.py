"""The command ``kokoro-serve say``."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterable, AsyncIterator, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer

from app.cli.lines import CannotRead, lines_from, standard_input
from app.cli.loudspeaker import Loudspeaker, NoLoudspeaker
from app.cli.remote import DEFAULT_URL, KEY_VARIABLE, KeyOption, UrlOption, no_service, websocket_url
from app.cli.sinks import (
    STANDARD_OUTPUT,
    BadFormat,
    CannotWrite,
    Format,
    NobodyListens,
    Sink,
    SoundFile,
    check_place,
    format_for,
    leave_standard_output,
)
from app.cli.speaking import Figures, Progress, Speaking
from app.cli.timings import Timeline, TimingsFormat
from app.client import ServerError
from app.session import MAX_SEED
from app.settings import MAX_SPEED, MIN_SPEED

DEFAULT_STEM = "speech"
INTERRUPTED = 130
"""The exit code of shells for what Ctrl-C ended."""
_HINTS = {
    "missing_api_key": f"Here it is given with --key or the variable {KEY_VARIABLE}.",
    "text_too_long": "Text that is piped in is spoken line by line, however much it is.",
    "unknown_voice": "`kokoro-serve voices` lists all voices.",
}
"""What to do about an error of the service, by its code."""


def say(
    text: Annotated[
        str | None, typer.Argument(help="What to say; without it, or with -, standard input is said line by line.")
    ] = None,
    voice: Annotated[
        str | None, typer.Option(help="a name, or a blend: `af_bella(2)+af_sky`; default: the service's")
    ] = None,
    speed: Annotated[float, typer.Option(min=MIN_SPEED, max=MAX_SPEED)] = 1.0,
    language: Annotated[str | None, typer.Option(help="BCP-47: es, pt-BR, en-GB …; default: the voice's own")] = None,
    out: Annotated[
        Path | None, typer.Option(help="file to write, or - for standard output; default: speech.wav, unless --play")
    ] = None,
    format: Annotated[Format | None, typer.Option(help="of the file; default: as its suffix says")] = None,
    play: Annotated[bool, typer.Option("--play", help="play it on this machine, as it comes")] = False,
    timings: Annotated[
        TimingsFormat | None, typer.Option(help="write captions, or the time of each character, beside the file")
    ] = None,
    sample_rate: Annotated[int | None, typer.Option(help="Hz; default: 44100, or what the format has")] = None,
    seed: Annotated[int | None, typer.Option(min=0, max=MAX_SEED, help="for the same speech each time")] = None,
    ssml: Annotated[bool, typer.Option("--ssml", help="the text, or each line of it, is SSML")] = False,
    no_normalize: Annotated[
        bool, typer.Option("--no-normalize", help="read numbers, dates and the like as they are written")
    ] = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="say nothing but errors")] = False,
    url: UrlOption = DEFAULT_URL,
    key: KeyOption = None,
) -> None:
    """Say a text through a running service: into a file, on the loudspeaker, or both.

    Each line of standard input is spoken as soon as it is written, while the next ones are still on their way:

    llm "Tell me a story" | kokoro-serve say --play
    """
    if out is None and not play:
        out = Path(f"{DEFAULT_STEM}.{(format or Format.WAV).value}")
    captions = _captions_path(out, timings)
    if captions is not None and captions == out:
        raise typer.BadParameter(f"the times would overwrite the sound in {out}.", param_hint="--timings")
    if text is not None and text != "-" and not text.strip():
        raise typer.BadParameter("it is empty: there is nothing to say.", param_hint="TEXT")
    loudspeaker: Loudspeaker | None = None
    sinks: list[Sink] = []
    try:
        audio_format = format_for(out, format, sample_rate)
        if out is not None:
            check_place(out)
            sinks.append(SoundFile(out, audio_format))
        lines = _lines(text, quiet)
        if play:
            loudspeaker = Loudspeaker(audio_format.sample_rate_hz)
            sinks.append(loudspeaker)
    except BadFormat as error:
        raise typer.BadParameter(str(error)) from None
    except (CannotWrite, CannotRead, NoLoudspeaker) as error:
        sys.exit(str(error))
    timeline = Timeline(audio_format.sample_rate_hz, ssml=ssml) if timings else None
    with _progress(hidden=quiet or (text in (None, "-") and sys.stdin.isatty())) as progress:
        speaking = Speaking(
            websocket_url(url),
            key=key,
            sample_rate_hz=audio_format.sample_rate_hz,
            options={
                "voice": voice,
                "speed": speed,
                "language": language,
                "seed": seed,
                "ssml": ssml,
                "normalize": not no_normalize,
            },
            sinks=sinks,
            timeline=timeline,
            progress=progress,
        )
        failure, code = _run(speaking, lines, loudspeaker, url)
    if failure is None and not code and not speaking.figures.samples:
        what = "Nothing in the text has a sound" if speaking.figures.characters else "Standard input held no text"
        failure, code = f"{what}: nothing was said or written.", 1
    try:
        for sink in sinks:
            sink.finish()
        if timeline is not None and timings is not None and captions is not None and speaking.figures.samples:
            _write_text(captions, timeline.written(timings))
    except NobodyListens:
        leave_standard_output()
        code = code or 1
    except CannotWrite as error:
        failure, code = failure or str(error), code or 1
    files = [str(path) for path in (out, captions) if path not in (None, STANDARD_OUTPUT)]
    if code:
        if failure is not None:
            print(failure, *_kept(speaking.figures, files), file=sys.stderr)
        raise typer.Exit(code)
    if not quiet:
        print(_summary(speaking.figures, files), file=sys.stderr if out == STANDARD_OUTPUT else sys.stdout)


def _run(
    speaking: Speaking, lines: AsyncIterable[str], loudspeaker: Loudspeaker | None, url: str
) -> tuple[str | None, int]:
    """Speaks all of it; returns a sentence about what went wrong, where there is one to say, and the exit code."""
    from websockets.exceptions import ConnectionClosed, WebSocketException

    async def speak() -> None:
        await speaking.speak(lines)
        if loudspeaker is not None:
            await loudspeaker.played()

    try:
        asyncio.run(speak())
    except KeyboardInterrupt:
        return "Interrupted.", INTERRUPTED
    except NobodyListens:
        leave_standard_output()
        return None, 1
    except ConnectionClosed as error:
        reason = error.rcvd.reason if error.rcvd is not None else ""
        return f"The service closed the session: {reason or error}", 1
    except WebSocketException as error:
        return f"Cannot open a session at {url}: {error}. `make serve` prints the address of its service.", 1
    except OSError as error:
        return no_service(url, error), 1
    except ServerError as error:
        return f"{error} {_HINTS.get(error.code, '')}".strip(), 1
    except (CannotRead, CannotWrite, NoLoudspeaker) as error:
        return str(error), 1
    return None, 0


def _lines(text: str | None, quiet: bool) -> AsyncIterable[str]:
    if text is not None and text != "-":
        return _one(text)
    stream = standard_input()
    if stream.isatty() and not quiet:
        print("Type what to say; each line is said when you end it. Ctrl-D ends.", file=sys.stderr)
    return lines_from(stream)


async def _one(text: str) -> AsyncIterator[str]:
    yield text


def _captions_path(out: Path | None, timings: TimingsFormat | None) -> Path | None:
    if timings is None:
        return None
    beside = Path(DEFAULT_STEM) if out in (None, STANDARD_OUTPUT) else out
    return beside.with_suffix(f".{timings.value}") if beside is not None else None


def _write_text(path: Path, text: str) -> None:
    try:
        path.write_text(text, "utf-8")
    except OSError as error:
        raise CannotWrite(f"Cannot write {path}: {error.strerror}.") from None


def _kept(figures: Figures, files: Sequence[str]) -> Iterator[str]:
    if figures.samples and files:
        yield f"What came until then, {figures.seconds:.2f} s, is in {' and '.join(files)}."


def _summary(figures: Figures, files: Sequence[str]) -> str:
    return (
        f"{' and '.join(files) or 'Said'}: {figures.seconds:.2f} s, first chunk after {figures.first_chunk_ms:.0f} ms, "
        f"first sound here after {figures.first_sound_ms:.0f} ms, real-time factor {figures.real_time_factor:.2f}"
    )


class _Bar:
    def __init__(self, bar: Any) -> None:
        self._bar = bar
        self._task = bar.add_task("", total=None, seconds=0.0)

    def show(self, figures: Figures) -> None:
        self._bar.update(
            self._task,
            total=figures.characters,
            completed=figures.spoken_characters,
            seconds=figures.seconds,
        )


@contextmanager
def _progress(*, hidden: bool) -> Iterator[Progress]:
    """A bar on standard error while a terminal shows it; it leaves nothing behind."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn
    from rich.progress import Progress as RichProgress

    console = Console(stderr=True)
    with RichProgress(
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("characters, {task.fields[seconds]:.1f} s of sound"),
        console=console,
        transient=True,
        disable=hidden or not console.is_terminal,
    ) as bar:
        yield _Bar(bar)
