"""Locust against a real service, as an operator runs it."""

from __future__ import annotations

import csv
import json
import subprocess
import sys
from pathlib import Path

from deployments.local import PROJECT
from tests.cluster import Service


def run(service: Service, out: Path, *options: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "loadtest.run", "--url", service.url, "--out", str(out), *options]
    return subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, timeout=120, check=False)


def entries(out: Path) -> dict[tuple[str, str], dict[str, str]]:
    with (out / "stats_stats.csv").open() as file:
        return {(row["Type"], row["Name"]): row for row in csv.DictReader(file)}


def test_users_of_all_protocols_speak_and_are_measured(service: Service, tmp_path: Path) -> None:
    done = run(service, tmp_path, "--protocol", "all", "--users", "3", "--time", "15", "--scenario", "tokens",
               "--first-audio-p50-ms", "60000")  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    found = entries(tmp_path)
    for protocol in ("native", "elevenlabs", "openai"):
        for name in ("speech", "first audio", "first sound", "longest gap", "underrun", "real-time factor × 1000"):
            assert int(found[protocol, name]["Request Count"]) > 0, f"{protocol}, {name}"
            assert int(found[protocol, name]["Failure Count"]) == 0
    assert (tmp_path / "report.html").stat().st_size > 10_000


def test_an_objective_that_is_missed_fails_the_run(service: Service, tmp_path: Path) -> None:
    done = run(service, tmp_path, "--users", "1", "--time", "6", "--scenario", "sentence", "--first-audio-p50-ms", "1")
    assert done.returncode == 1
    assert "missed: native: the median of the first audio is" in done.stdout


def test_texts_that_fail_fail_the_run(service: Service, tmp_path: Path) -> None:
    done = run(service, tmp_path, "--url", "http://127.0.0.1:9", "--users", "1", "--time", "3")
    assert done.returncode == 1
    assert "texts failed" in done.stdout
    assert "no text was heard" in done.stdout


def test_a_ramp_goes_on_until_its_last_step_and_writes_each_one(service: Service, tmp_path: Path) -> None:
    done = run(service, tmp_path, "--load", "ramp", "--time", "5", "--scenario", "sentence",
               "--first-audio-p50-ms", "1")  # fmt: skip
    (line,) = (tmp_path / "steps.jsonl").read_text().splitlines()
    assert json.loads(line)["users"] == 1
    assert "carried: 0 users" in done.stdout
    assert done.returncode == 1
