"""The model as the engine drives it, with the real weights and what was compiled for this machine."""

import threading

import numpy as np
import pytest
import torch

from app.assets import Assets
from app.kokoro import compiled, precision
from app.kokoro.model import KokoroModel
from app.kokoro.windows import Span
from app.messages import FRAME_SAMPLES, SynthesisFailed
from app.settings import KokoroSettings

HELLO = "həlˈO wˈɜɹld."
FOX = "ðə kwˈɪk bɹˈWn fˈɑks ʤˈʌmps ˈOvəɹ ðə lˈAzi dˈɔɡ. "


@pytest.fixture(scope="module")
def model(assets: Assets) -> KokoroModel:
    return KokoroModel(assets, KokoroSettings(device="cpu", precision="float32"))


def test_the_silence_in_front_is_not_decoded_but_for_the_lead(model, utterance_of) -> None:
    [ready] = model.encode([utterance_of(FOX)], [None])
    [first, *_] = ready.plan(0, grows=True)
    audible_ms, _ = ready.prosody.audible_ms
    assert 0 <= audible_ms - ready.lead_ms - first.start * 25 < 25
    assert first.size == 12


def test_a_resumed_utterance_goes_on_where_it_was(model, utterance_of) -> None:
    [ready] = model.encode([utterance_of(FOX)], [None])
    whole = np.concatenate([model.decode([(ready, span)])[0] for span in ready.plan(0, grows=True)])
    start = ready.plan(0, grows=True)[0].start
    [again] = model.encode([utterance_of(FOX)], [ready.prosody])
    spans = again.plan(40, grows=True)
    rest = np.concatenate([model.decode([(again, span)])[0] for span in spans])
    assert spans[0].start == 40
    # Other windows, other contexts: a fiftieth of what another noise makes.
    np.testing.assert_allclose(rest, whole[(40 - start) * FRAME_SAMPLES :], atol=2e-3)


@pytest.mark.parametrize(("phonemes", "voice"), [(HELLO, "af_heart"), (FOX, "af_without_statistics")])
def test_short_utterances_and_voices_without_statistics_are_decoded_whole(model, utterance_of, phonemes, voice) -> None:
    utterance = utterance_of(phonemes)
    object.__setattr__(utterance, "voice", voice)
    [ready] = model.encode([utterance], [None])
    [span] = ready.plan(0, grows=True)
    assert (span.size, span.stop) == (0, ready.prosody.frames)
    assert span.start > 0
    [samples] = model.decode([(ready, span)])
    assert len(samples) == span.frames * FRAME_SAMPLES


def test_a_frame_outside_the_utterance_is_refused(model, utterance_of) -> None:
    [ready] = model.encode([utterance_of(HELLO)], [None])
    with pytest.raises(SynthesisFailed, match="first_frame 9999"):
        ready.plan(9999, grows=True)


def test_warming_up_measures_both_stages(model) -> None:
    steps = list(model.warm_up())
    assert {stage for stage, *_ in steps} == {"prosody", "vocoder"}
    assert {size for stage, size, *_ in steps if stage == "vocoder"} == {12, 28, 56}
    assert all(batch == 1 and seconds > 0 for _, _, batch, seconds in steps)


def test_a_lost_gpu_is_told_as_a_lost_model(model, utterance_of, monkeypatch) -> None:
    from app.kokoro.interface import ModelLost

    def broken(*_):
        raise torch.AcceleratorError("CUDA error: an illegal memory access was encountered\nmore")

    monkeypatch.setattr(model.network, "encode", broken)
    with pytest.raises(ModelLost, match="illegal memory access was encountered$"):
        model.encode([utterance_of(HELLO)], [None])


def test_a_lack_of_memory_gives_back_what_is_cached_and_is_no_loss(model, utterance_of, monkeypatch) -> None:
    freed = []

    def too_much(*_):
        raise torch.OutOfMemoryError("CUDA out of memory")

    monkeypatch.setattr(model.network, "encode", too_much)
    monkeypatch.setattr("app.kokoro.model.free_gpu_memory", lambda: freed.append(True))
    with pytest.raises(torch.OutOfMemoryError):
        model.encode([utterance_of(HELLO)], [None])
    assert freed == [True]


def test_compiled_windows_sound_like_the_others(assets: Assets, utterance_of) -> None:
    dtype = precision.choose("auto", "cpu")
    settings = KokoroSettings(device="cpu")
    folder = assets.derived_folder / "compiled"
    plain, quick = (KokoroModel(assets, settings) for _ in range(2))
    if compiled.missing(folder, settings.window_frames, dtype):
        pytest.skip("There are no compiled windows: `kokoro-serve prepare` makes them where there is a C++ compiler.")
    quick.use_compiled()
    assert quick.compiled_sizes == settings.window_frames
    [ready] = plain.encode([utterance_of(FOX)], [None])
    for size in settings.window_frames:
        [expected], [found] = (one.decode([(ready, Span(12, 12 + size, size))]) for one in (plain, quick))
        # Inductor keeps float32 where bfloat16 is rounded in between; another noise makes 0.1 and more.
        assert np.abs(found - expected).max() < 0.5 * np.abs(expected).max()
        assert np.corrcoef(found, expected)[0, 1] > 0.98


def test_what_cannot_be_loaded_counts_as_missing(tmp_path) -> None:
    there = compiled.folder_for_this_machine(tmp_path, torch.bfloat16)
    there.mkdir(parents=True)
    (there / "12.pt2").write_bytes(b"cut short")
    assert compiled.load(tmp_path, [12, 28], torch.bfloat16) == {}
    assert compiled.missing(tmp_path, [12, 28], torch.bfloat16) == [28]


def test_what_was_compiled_for_another_number_of_threads_does_not_count(tmp_path, monkeypatch) -> None:
    here = compiled.folder_for_this_machine(tmp_path, torch.float32)
    monkeypatch.setattr(torch, "get_num_threads", lambda: 99)
    assert compiled.folder_for_this_machine(tmp_path, torch.float32) != here


def test_a_compiler_that_is_not_there_is_not_found(monkeypatch, tmp_path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("CXX", raising=False)
    assert not compiled.has_compiler()


@pytest.mark.parametrize(("name", "dtype"), [("float32", torch.float32), ("bfloat16", torch.bfloat16)])
def test_the_precision_can_be_set(name, dtype) -> None:
    assert precision.choose(name, "cpu") is dtype


def test_nothing_but_the_models_thread_runs_torch_in_its_process(assets: Assets) -> None:
    """The engine's loop, admission and delivery use numpy only: a second thread with torch halves the speed."""
    import asyncio

    from torch.overrides import TorchFunctionMode

    from app.kokoro.engine import Engine
    from app.messages import Utterance
    from app.metrics import KokoroMetrics

    threads: set[int] = set()

    class Watched(TorchFunctionMode):
        def __torch_function__(self, function, types, args=(), kwargs=None):
            threads.add(threading.get_ident())
            return function(*args, **(kwargs or {}))

    async def speak() -> int:
        settings = KokoroSettings(device="cpu", precision="float32", compile=False)
        engine = Engine(
            lambda: KokoroModel(assets, settings), vocabulary_size=178, metrics=KokoroMetrics(), settings=settings
        )
        await engine.start()
        utterance = Utterance("test", (50, 83, 54, 156) * 8, np.zeros(256, np.float32), "", 1.0, 1)
        with Watched():  # of this thread
            windows = [window async for window in engine.submit(utterance)]
        await engine.close()
        return len(windows)

    assert asyncio.run(speak()) == 1
    assert threads == set()
