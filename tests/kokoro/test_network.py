"""The network with its real weights."""

import numpy as np
import pytest
import torch

from app.assets import Assets
from app.kokoro.network import DeviceUnavailable, Network, _kokoro_model_module
from app.kokoro.voices import Voices
from app.messages import FRAME_SAMPLES, SynthesisFailed, Utterance

HELLO = "həlˈO wˈɜɹld."
FOX = "ðə kwˈɪk bɹˈWn fˈɑks ʤˈʌmps ˈOvəɹ ðə lˈAzi dˈɔɡ."


@pytest.fixture(scope="module")
def upstream(assets: Assets):
    """The kokoro package's own model; gives its output for phonemes and an utterance."""
    model = _kokoro_model_module().KModel(
        repo_id="hexgrad/Kokoro-82M", config=str(assets.config_path), model=str(assets.model_path)
    )

    def speak(phonemes: str, utterance: Utterance):
        torch.manual_seed(utterance.seed)
        style = torch.from_numpy(utterance.style).reshape(1, 256)
        return model.eval()(phonemes, style, utterance.speed, return_output=True)

    return speak


def test_at_another_speed_the_phonemes_last_as_upstream_and_the_silence_round_them_as_at_speed_1(
    network, upstream, utterance_of
) -> None:
    utterance = utterance_of(FOX, "bm_george", speed=0.6)
    durations = network.decode(utterance).prosody.durations
    normal = network.decode(utterance_of(FOX, "bm_george")).prosody.durations
    assert durations[1:-1].tolist() == upstream(FOX, utterance).pred_dur[1:-1].tolist()
    assert durations[[0, -1]].tolist() == normal[[0, -1]].tolist()


@pytest.mark.parametrize(("phonemes", "voice"), [(HELLO, "af_heart"), (FOX, "bm_george")])
def test_it_gives_what_the_kokoro_package_gives(network, upstream, utterance_of, phonemes, voice) -> None:
    utterance = utterance_of(phonemes, voice)
    window = network.decode(utterance)
    expected = upstream(phonemes, utterance)
    assert window.prosody.durations.tolist() == expected.pred_dur.tolist()
    # Equal to the bit where this was written; a library that sums in another order may differ in the last bits.
    np.testing.assert_allclose(window.samples, expected.audio.numpy(), atol=1e-3)
    assert np.abs(expected.audio.numpy()).max() > 0.1


def test_the_same_seed_gives_the_same_sound_and_another_one_the_same_timing(network, utterance_of) -> None:
    first, again = network.decode(utterance_of(HELLO, seed=1)), network.decode(utterance_of(HELLO, seed=1))
    other = network.decode(utterance_of(HELLO, seed=2))
    np.testing.assert_array_equal(first.samples, again.samples)
    np.testing.assert_array_equal(first.prosody.durations, other.prosody.durations)
    assert len(first.samples) == len(other.samples)
    assert np.abs(first.samples - other.samples).max() > 1e-3


def test_prosody_and_sound_have_the_stated_lengths(network, utterance_of) -> None:
    utterance = utterance_of(FOX)
    window = network.decode(utterance)
    assert len(window.prosody.durations) == len(utterance.phoneme_ids) + 2
    assert len(window.prosody.f0) == len(window.prosody.energy) == 2 * window.prosody.frames
    assert len(window.samples) == window.prosody.frames * FRAME_SAMPLES
    assert window.last
    assert window.first_frame == 0


def test_twice_the_speed_is_about_half_as_long(network, utterance_of) -> None:
    normal = network.decode(utterance_of(FOX)).prosody.frames
    fast = network.decode(utterance_of(FOX, speed=2.0)).prosody.frames
    assert 0.4 < fast / normal < 0.65


def test_a_resumed_utterance_goes_on_where_it_was(network, utterance_of) -> None:
    whole = network.decode(utterance_of(FOX))
    rest = network.decode(utterance_of(FOX), first_frame=40, prosody=whole.prosody)
    assert rest.first_frame == 40
    np.testing.assert_allclose(rest.samples, whole.samples[40 * FRAME_SAMPLES :], atol=1e-5)


def test_given_prosody_is_used_and_not_predicted_anew(network, utterance_of) -> None:
    slow = network.decode(utterance_of(HELLO, speed=0.7)).prosody
    window = network.decode(utterance_of(HELLO), prosody=slow)
    assert window.prosody.frames == slow.frames


def test_prosody_of_another_utterance_is_refused(network, utterance_of) -> None:
    other = network.decode(utterance_of(HELLO)).prosody
    with pytest.raises(SynthesisFailed, match="durations"):
        network.decode(utterance_of(FOX), prosody=other)


def test_a_frame_outside_the_utterance_is_refused(network, utterance_of) -> None:
    with pytest.raises(SynthesisFailed, match="first_frame 9999"):
        network.decode(utterance_of(HELLO), first_frame=9999)


@pytest.mark.skipif(torch.cuda.is_available(), reason="this machine has a GPU")
def test_a_replica_for_cuda_without_a_gpu_fails_with_the_reason(assets: Assets) -> None:
    with pytest.raises(DeviceUnavailable, match=r"finds no usable GPU.*serve_config\.cpu\.yaml"):
        Network.load(assets.config_path, assets.model_path, "cuda")


@pytest.mark.skipif(not torch.cuda.is_available(), reason="this machine has no GPU")
def test_a_gpu_gives_the_timing_and_the_melody_of_the_cpu(assets: Assets, network, utterance_of) -> None:
    on_gpu = Network.load(assets.config_path, assets.model_path, "cuda").decode(utterance_of(FOX))
    on_cpu = network.decode(utterance_of(FOX))
    assert on_gpu.prosody.durations.tolist() == on_cpu.prosody.durations.tolist()
    np.testing.assert_allclose(on_gpu.prosody.f0, on_cpu.prosody.f0, atol=1.0)


def test_the_style_follows_the_number_of_phonemes(voices: Voices) -> None:
    assert voices.style("af_heart", 10).shape == (256,)
    assert not np.array_equal(voices.style("af_heart", 10), voices.style("af_heart", 11))
    np.testing.assert_array_equal(voices.style("af_heart", 510), voices.style("af_heart", 600))


def test_only_voices_of_served_languages_are_offered(voices: Voices) -> None:
    assert {"af_heart", "am_michael", "bf_emma", "bm_george"} <= set(voices.names)
    assert not {"jf_alpha", "zf_xiaobei"} & set(voices.names)
    with pytest.raises(KeyError):
        voices.style("../../etc/passwd", 5)
