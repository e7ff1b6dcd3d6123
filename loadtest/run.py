"""A load test without a screen: starts the service unless one is named, and runs Locust against it.

python -m loadtest.run                                    four users in conversation for a minute, native protocol
python -m loadtest.run --load ramp --out build/load/ramp  one user more every minute until the objective breaks
python -m loadtest.run --url https://tts.example.org --protocol elevenlabs --scenario tokens --users 50
"""

from __future__ import annotations

import contextlib
import subprocess
import sys
from enum import Enum
from pathlib import Path
from typing import Annotated

import typer

from loadtest.first_chunk import service

FOLDER = Path(__file__).parent
USERS = {"native": "NativeUser", "elevenlabs": "ElevenLabsUser", "openai": "OpenAIUser"}


class Protocol(str, Enum):
    """What users speak."""

    native = "native"
    elevenlabs = "elevenlabs"
    openai = "openai"
    all = "all"


class Load(str, Enum):
    """How many users there are over time."""

    steady = "steady"
    burst = "burst"
    ramp = "ramp"


def main(
    url: Annotated[str | None, typer.Option(help="of a running service; default: start one")] = None,
    protocol: Annotated[Protocol, typer.Option(help="what users speak")] = Protocol.native,
    scenario: Annotated[str, typer.Option(help="sentence, conversation, reading or tokens")] = "conversation",
    load: Annotated[Load, typer.Option(help="how many users there are over time")] = Load.steady,
    users: Annotated[int, typer.Option(min=1, help="users; a ramp begins with one")] = 4,
    time: Annotated[int, typer.Option(min=1, help="seconds; for a ramp those of a step")] = 60,
    arrivals_per_s: Annotated[float, typer.Option(min=0, help="open loop: texts a second in all")] = 0.0,
    first_audio_p50_ms: Annotated[float, typer.Option(min=1, help="objective for the median")] = 600.0,
    key: Annotated[str, typer.Option(envvar="KOKORO_SERVE_API_KEY", help="API key, if one is wanted")] = "",
    out: Annotated[Path, typer.Option(help="folder for Locust's HTML and CSV")] = Path("build/load"),
) -> None:
    """Run a load test; the exit code is not 0 where an objective was missed."""
    out.mkdir(parents=True, exist_ok=True)
    with contextlib.nullcontext(url) if url else service() as address:
        host = address.replace("ws", "http", 1).removesuffix("/ws")
        files = [FOLDER / "locustfile.py", *([] if load is Load.steady else [FOLDER / f"{load.value}.py"])]
        command = [
            *(sys.executable, "-m", "locust", "--headless", "--only-summary", "--host", host),
            *("-f", ",".join(map(str, files)), "--html", str(out / "report.html"), "--csv", str(out / "stats")),
            *("--scenario", scenario, "--arrivals-per-s", str(arrivals_per_s), "--key", key),
            *("--first-audio-p50-ms", str(first_audio_p50_ms)),
        ]
        if load is Load.ramp:
            (out / "steps.jsonl").unlink(missing_ok=True)
            command += ["--step-s", str(time), "--steps", str(out / "steps.jsonl")]
        else:
            command += ["--users", str(users), "--spawn-rate", str(users), "--run-time", f"{time}s"]
        command += list(USERS.values()) if protocol is Protocol.all else [USERS[protocol.value]]
        code = subprocess.run(command, check=False).returncode
    raise typer.Exit(code)


if __name__ == "__main__":
    typer.run(main)
