"""The engine alone against the kokoro package: same weights, same texts, same threads, alternating in one process.

    python -m loadtest.engine_speed

The package's ``KModel`` speaks whole utterances in float32, as its ``KPipeline`` does. Both run on the engine's model
thread: a second one with torch would slow both down.
"""

from __future__ import annotations

import asyncio
import json
import logging
import time
import warnings
from collections.abc import Awaitable, Callable
from contextlib import aclosing
from statistics import median
from typing import Annotated, Any

import numpy as np
import typer

from app.kokoro.process import before_torch
from app.messages import FRAME_MS, MAX_PHONEMES, MODEL_SAMPLE_RATE_HZ, Utterance
from app.metrics import KokoroMetrics
from app.settings import KokoroSettings, Settings

VOICE = "af_heart"
PARAGRAPH = (
    "ðə mˈɔɹnɪŋ wʌz bɹˈIt ænd klˈɪɹ, ænd ðə hˈOl vˈæli lˈA bəfˈɔɹ ðˌɛm, wˌIl ðə ˈOld bˈɛl ɹˈæŋ twˈIs fɹʌm ðə tˈWəɹ. "
)
SENTENCE_PHONEMES = 88
"""About 5 s."""

LONG_PHONEMES = 262
"""About 14 s."""

AT_ONCE = 8
LENGTHS = (1, 16, 64, 128, 256, 384, 510)
MEMORY_UTTERANCES, MEMORY_BASE = 500, 50

Rows = list[tuple[str, str]]


class Bench:
    """An engine with the service's model, and the package's model beside it on the same thread."""

    def __init__(self, settings: KokoroSettings, rounds: int) -> None:
        self._settings = settings
        self._rounds = rounds
        self.metrics = KokoroMetrics()
        self.model: Any = None
        self.package: Any = None
        self._voices: Any = None
        self._vocabulary: dict[str, int] = {}
        self.engine: Any = None

    async def start(self) -> None:
        """Load both models on the engine's thread."""
        from app.assets import prepare
        from app.kokoro.engine import Engine
        from app.kokoro.loading import package_model_module
        from app.kokoro.model import KokoroModel
        from app.kokoro.voices import Voices

        assets = prepare(Settings().weights)
        self._vocabulary = json.loads(assets.config_path.read_text("utf-8"))["vocab"]
        self._voices = Voices({VOICE: assets.voice_path(VOICE)})

        def load() -> Any:
            self.model = KokoroModel(assets, self._settings)
            self.model.use_compiled()
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                self.package = (
                    package_model_module()
                    .KModel(repo_id="hexgrad/Kokoro-82M", config=str(assets.config_path), model=str(assets.model_path))
                    .eval()
                )
            return self.model

        self.engine = Engine(load, vocabulary_size=178, metrics=self.metrics, settings=self._settings)
        await self.engine.start()

    def utterance(self, phonemes: int, seed: int = 1, deadline_s: float | None = None) -> Utterance:
        """Of some phonemes; other seeds begin elsewhere in the text."""
        text = PARAGRAPH * 7
        start = (seed * 17) % len(PARAGRAPH)
        ids = tuple(self._vocabulary[phoneme] for phoneme in text[start : start + phonemes])
        style = self._voices.style(VOICE, phonemes)
        return Utterance(f"bench-{seed}", ids, style, VOICE, 1.0, seed, deadline_s, paced=False)

    def speak_with_package(self, utterance: Utterance) -> float:
        """Seconds of audio."""
        import torch

        ids = torch.tensor([[0, *utterance.phoneme_ids, 0]])
        audio, _ = self.package.forward_with_tokens(ids, torch.from_numpy(utterance.style)[None], utterance.speed)
        return audio.shape[-1] / MODEL_SAMPLE_RATE_HZ

    async def speak(self, utterance: Utterance) -> tuple[float, float]:
        """Seconds to the first window, and seconds of audio counted as the package counts them."""
        began, first_s, frames = time.perf_counter(), 0.0, 0
        async with aclosing(self.engine.submit(utterance)) as windows:
            async for window in windows:
                if window.prosody is not None:
                    first_s, frames = time.perf_counter() - began, window.prosody.frames
        return first_s, frames * FRAME_MS / 1000

    async def timed(self, work: Callable[[], Awaitable[Any]]) -> tuple[float, Any]:
        """Seconds and result."""
        began = time.perf_counter()
        result = await work()
        return time.perf_counter() - began, result

    async def compare(self, phonemes: int) -> dict[str, float]:
        """Both with one utterance, alternating: medians in seconds."""
        found: dict[str, list[float]] = {"package": [], "whole": [], "first": []}
        audio_s = 0.0
        for number in range(self._rounds + 1):
            utterance = self.utterance(phonemes, seed=number)
            seconds, _ = await self.timed(lambda u=utterance: self.engine.run(lambda: self.speak_with_package(u)))
            whole_s, (first_s, audio_s) = await self.timed(lambda u=utterance: self.speak(u))
            if number:
                for name, value in zip(found, (seconds, whole_s, first_s), strict=True):
                    found[name].append(value)
        return {"audio": audio_s, **{name: median(values) for name, values in found.items()}}

    async def at_once(self, count: int) -> tuple[float, float]:
        """Audio-seconds per second with some utterances at once: the package one after another, and the engine."""
        speeds: tuple[list[float], list[float]] = ([], [])
        for number in range(self._rounds):
            utterances = [self.utterance(60 + 12 * place, seed=10 * number + place) for place in range(count)]
            for speed, work in zip(speeds, (self._package_all, self._engine_all), strict=True):
                seconds, audio_s = await self.timed(lambda w=work, u=utterances: w(u))
                speed.append(audio_s / seconds)
        return median(speeds[0]), median(speeds[1])

    async def _package_all(self, utterances: list[Utterance]) -> float:
        return sum([await self.engine.run(lambda u=u: self.speak_with_package(u)) for u in utterances])

    async def _engine_all(self, utterances: list[Utterance]) -> float:
        return sum(audio_s for _, audio_s in await asyncio.gather(*map(self.speak, utterances)))

    async def cost_by_length(self) -> Rows:
        """Seconds on the model for each second of audio, from one phoneme to the longest utterance."""
        rows = []
        for phonemes in LENGTHS:
            seconds = [await self.timed(lambda p=phonemes, n=n: self.speak(self.utterance(p, n))) for n in range(3)]
            spent = median(s for s, _ in seconds[1:])
            audio_s = seconds[-1][1][1]
            rows.append((f"{phonemes} phonemes, {audio_s:.1f} s", f"{spent * 1000:.0f} ms, {spent / audio_s:.3f}"))
        return rows

    async def memory(self) -> tuple[float, float]:
        """Resident MiB after the first 50 and after all of 500 utterances of every length."""
        import psutil

        process = psutil.Process()
        random = np.random.default_rng(1)
        base = 0.0
        for number in range(MEMORY_UTTERANCES):
            # Short ones are commoner, as in speech; every fiftieth is the longest there is.
            phonemes = MAX_PHONEMES if number % 50 == 49 else int(random.gamma(2.0, 30.0)) % MAX_PHONEMES + 1
            await self.speak(self.utterance(phonemes, seed=number))
            if number + 1 == MEMORY_BASE:
                base = process.memory_info().rss / 2**20
        return base, process.memory_info().rss / 2**20

    def stages(self) -> Rows:
        """Where the engine's time went, and how full its batches were."""
        totals: dict[str, float] = {}
        for metric in self.metrics.snapshot():
            for sample in metric.samples:
                if not sample.name.endswith(("_bucket", "_created")):
                    key = sample.name.removeprefix("kokoro_serve_") + "".join(f" {v}" for v in sample.labels.values())
                    totals[key] = totals.get(key, 0.0) + sample.value
        model_s = totals["stage_seconds_sum prosody"] + totals["stage_seconds_sum vocoder"]
        rows = []
        for stage in ("prosody", "vocoder"):
            share = totals[f"stage_seconds_sum {stage}"] / model_s
            batch = totals[f"batch_size_sum {stage}"] / totals[f"batch_size_count {stage}"]
            rows.append((f"{stage}: share of the model's time, mean batch", f"{share:.0%}, {batch:.2f}"))
        padding = totals.get("prosody_phonemes_total padding", 0.0)
        real = totals["prosody_phonemes_total real"]
        rows.append(("padding among the phonemes of prosody batches", f"{padding / (padding + real):.1%}"))
        return rows


async def measure(settings: KokoroSettings, rounds: int, memory: bool) -> dict[str, Any]:
    """Everything with one form of the model."""
    bench = Bench(settings, rounds)
    await bench.start()
    result: dict[str, Any] = {
        "precision": str(bench.model.dtype).removeprefix("torch."),
        "compiled": list(bench.model.compiled_sizes),
        "threads": bench.model.threads,
        "long": await bench.compare(LONG_PHONEMES),
        "sentence": await bench.compare(SENTENCE_PHONEMES),
        "at_once": await bench.at_once(AT_ONCE),
        "stages": bench.stages(),
        "lengths": await bench.cost_by_length(),
    }
    if memory:
        result["memory"] = await bench.memory()
    await bench.engine.close()
    return result


def main(
    rounds: Annotated[int, typer.Option(min=1, help="times that everything is measured")] = 5,
    device: Annotated[str, typer.Option(help="cpu or cuda")] = "cpu",
    compile: Annotated[bool, typer.Option(help="use the windows compiled for this machine")] = True,
    memory: Annotated[bool, typer.Option(help="speak 500 utterances and look at the memory as well")] = False,
) -> None:
    """Measure and print JSON."""
    before_torch()
    logging.disable(logging.WARNING)
    settings = KokoroSettings.model_validate({"device": device, "compile": compile})
    print(json.dumps(asyncio.run(measure(settings, rounds, memory))))


if __name__ == "__main__":
    typer.run(main)
