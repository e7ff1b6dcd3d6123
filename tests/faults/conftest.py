"""The service that the faults are done to: two replicas of each deployment."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.faults.fleet import Fleet, config_with, running

TWO_OF_EACH = {"Ingress": 2, "Speech": 2, "Kokoro": 2}


@pytest.fixture(scope="session")
def two_of_each(weights_with_a_broken_voice: Path) -> dict[str, Any]:
    return config_with(TWO_OF_EACH, {"weights": {"source": str(weights_with_a_broken_voice)}})


@pytest.fixture(scope="session")
def fleet(two_of_each: dict[str, Any], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Fleet]:
    with running(tmp_path_factory.mktemp("fleet"), two_of_each) as fleet:
        yield fleet
