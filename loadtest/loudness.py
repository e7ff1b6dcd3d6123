"""How loud the voices are: app/audio/loudness.json, and a section of docs/quality.md.

python -m loadtest.loudness              all voices
python -m loadtest.loudness --no-write   prints what it would write
"""

from __future__ import annotations

import json
import warnings
from importlib.metadata import version
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer
from tqdm import tqdm

SENTENCES = 5
TABLE = Path(__file__).parents[1] / "app" / "audio" / "loudness.json"
CALIBRATION = Path(__file__).parents[1] / "app" / "kokoro" / "calibration.json"
"""Sentences of the languages besides English."""


def main(write: Annotated[bool, typer.Option(help="the table and the section")] = True) -> None:
    """Measure every voice before and after its gain."""
    from app.kokoro.process import before_torch

    before_torch()
    warnings.simplefilter("ignore")
    import pyloudnorm

    from app.assets import prepare
    from app.audio.loudness import amplified
    from app.kokoro.voices import language_of
    from app.languages import ENGLISH, LANGUAGES
    from app.messages import MODEL_SAMPLE_RATE_HZ
    from app.settings import Settings, SpeechSettings
    from loadtest.quality_document import write_section
    from loadtest.timing_sentences import FITTED
    from loadtest.timing_sounds import Speaker

    settings = Settings()
    speaker = Speaker(prepare(settings.weights), settings.kokoro)
    meter: Any = pyloudnorm.Meter(MODEL_SAMPLE_RATE_HZ)
    target = float(SpeechSettings.model_fields["loudness_lufs"].default)
    calibration = json.loads(CALIBRATION.read_text("utf-8"))["sentences"]
    measured: dict[str, float] = {}
    rows: list[list[str]] = []
    before: list[float] = []
    after: list[float] = []
    for voice in tqdm(speaker.voices, "Speaking", unit="voice"):
        language = LANGUAGES[language_of(voice)].subtag
        sentences = FITTED if language == ENGLISH else calibration[language]
        sound, other = (
            np.concatenate([take.samples for take in speaker.takes(some, [voice], [1.0])])
            for some in (sentences[:SENTENCES], sentences[SENTENCES : 2 * SENTENCES])
        )
        measured[voice] = round(meter.integrated_loudness(sound), 2)
        gain_db = target - measured[voice]
        louder = amplified(other, 10 ** (gain_db / 20))
        before.append(meter.integrated_loudness(other))
        after.append(meter.integrated_loudness(louder))
        peak_db = 20 * np.log10(np.abs(louder).max())
        rows.append([voice, f"{measured[voice]:.1f}", f"{gain_db:+.1f}", f"{after[-1]:.1f}", f"{peak_db:.1f}"])
    text = section(rows, before, after, target)
    if write:
        TABLE.write_text(json.dumps(measured, indent=1) + "\n", "utf-8")
        write_section("loudness", text)
    print(text)


def section(rows: list[list[str]], before: list[float], after: list[float], target: float) -> str:
    """Markdown."""
    from loadtest.quality_document import table

    spreads = [
        f"{max(values) - min(values):.1f} dB (standard deviation {np.std(values):.1f})" for values in (before, after)
    ]
    introduction = INTRODUCTION.format(
        version=version("pyloudnorm"), sentences=SENTENCES, target=target, before=spreads[0], after=spreads[1]
    )
    header = ["voice", "LUFS", "gain, dB", "others with it, LUFS", "their peak, dBFS"]
    return f"{introduction}\n{table(header, rows)}"


INTRODUCTION = """\
## Loudness of the voices

Made by `python -m loadtest.loudness`, which also writes the table that the service takes its gains from. Integrated
loudness (ITU-R BS.1770, pyloudnorm {version}) of {sentences} sentences by each voice, and of {sentences} others with
the gain that `speech.loudness_lufs: {target:g}` gives the voice. These others lie within {before}
of each other as the model makes them, and within {after} as the service sends them.
"""

if __name__ == "__main__":
    typer.run(main)
