"""Whether a load test was passed."""

from __future__ import annotations

from locust.stats import RequestStats

FIRST_AUDIO = "first audio"


def first_audio_p50_ms(stats: RequestStats) -> dict[str, float]:
    """The median of the time to the first audio, of every protocol that was spoken."""
    return {
        protocol: float(entry.get_response_time_percentile(0.5))
        for (name, protocol), entry in sorted(stats.entries.items())
        if name == FIRST_AUDIO and entry.num_requests
    }


def missed(stats: RequestStats, objective_ms: float) -> list[str]:
    """A sentence for each objective that was missed.

    Args:
        stats: of the whole run.
        objective_ms: for the median of the first audio, which every protocol has to keep by itself.
    """
    medians = first_audio_p50_ms(stats)
    sentences = [] if medians else ["no text was heard"]
    sentences += [
        f"{protocol}: the median of the first audio is {p50_ms:.0f} ms, above {objective_ms:.0f} ms"
        for protocol, p50_ms in medians.items()
        if p50_ms > objective_ms
    ]
    if stats.total.num_failures:
        sentences.append(f"{stats.total.num_failures} texts failed")
    return sentences
