"""The commands ``kokoro-serve voices`` and ``kokoro-serve status``: what a running service has, and how it is."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator, Mapping
from http import HTTPStatus
from typing import Annotated, Any

import typer

from app.cli.remote import DEFAULT_URL, KEY_VARIABLE, KeyOption, UrlOption, http_url, no_service
from app.languages import ENGLISH, LANGUAGES, UnsupportedLanguage, find_language

ANSWER_WITHIN_S = 15.0
"""A service whose replicas hang says so after 10 s."""

WIDTH_IN_PIPES = 1_000
"""Characters; more than any row has."""

JsonOption = Annotated[bool, typer.Option("--json", help="print JSON, as the service has it")]


def voices(
    language: Annotated[str | None, typer.Option(help="only those that speak it: es, pt-BR, en-GB …")] = None,
    as_json: JsonOption = False,
    url: UrlOption = DEFAULT_URL,
    key: KeyOption = None,
) -> None:
    """List the voices of a running service by language, with the grade that Kokoro's author gave each."""
    try:
        wanted = find_language(language) if language else None
    except UnsupportedLanguage as error:
        raise typer.BadParameter(str(error), param_hint="--language") from None
    code, answer = _get(url, "/v1/voices", key)
    if code != HTTPStatus.OK:
        sys.exit(_refusal(answer, code))
    found = [voice for voice in answer["voices"] if wanted is None or _speaks(voice["labels"], wanted)]
    if as_json:
        print(json.dumps(found, ensure_ascii=False, indent=2))
    else:
        _print_table(("voice", "language", "sex", "grade"), _voice_rows(found))


def status(as_json: JsonOption = False, url: UrlOption = DEFAULT_URL, key: KeyOption = None) -> None:
    """Tell whether a running service is ready, and how it is; the exit code is 1 if it is not ready.

    Where the service has keys, the load and the latency take one of an operator.
    """
    _, health = _get(url, "/health", key)
    if "ok" not in health:
        sys.exit(f"What answers at {url} is not Kokoro Serve: it has no /health.")
    code, stats = _get(url, "/stats", key)
    refusal = None if code == HTTPStatus.OK else _refusal(stats, code)
    if as_json:
        print(json.dumps({"health": health, "stats": None if refusal else stats}, ensure_ascii=False, indent=2))
    else:
        rows = [*_health_rows(health), *([("figures", refusal)] if refusal else _stats_rows(stats))]
        _print_table(None, rows)
    if not health["ok"]:
        raise typer.Exit(1)


def _get(url: str, path: str, key: str | None) -> tuple[int, dict[str, Any]]:
    """The status and the JSON object that a service answers with."""
    import httpx

    headers = {"xi-api-key": key} if key else {}
    try:
        response = httpx.get(f"{http_url(url)}{path}", headers=headers, timeout=ANSWER_WITHIN_S)
        answer = response.json()
    except httpx.HTTPError as error:
        sys.exit(no_service(url, error))
    except ValueError:
        answer = None
    if not isinstance(answer, dict):
        sys.exit(f"What answers at {url} is not Kokoro Serve: {path} is no JSON (HTTP {response.status_code}).")
    return response.status_code, answer


def _refusal(answer: Mapping[str, Any], status: int) -> str:
    """The sentence of an error, in the service's own form or in ElevenLabs'."""
    detail = answer.get("detail")
    said = answer.get("error") or (detail.get("message") if isinstance(detail, dict) else None)
    hint = f" Give one with --key or the variable {KEY_VARIABLE}." if status == HTTPStatus.UNAUTHORIZED else ""
    return f"{said or f'The service answered with HTTP {status}.'}{hint}"


def _speaks(labels: Mapping[str, str], wanted: str) -> bool:
    if wanted == ENGLISH:
        return labels["language"] == ENGLISH
    language = LANGUAGES[wanted]
    return (labels["language"], labels["accent"]) == (language.subtag, language.accent)


def _voice_rows(found: Iterable[Mapping[str, Any]]) -> Iterator[tuple[str, ...]]:
    for name in LANGUAGES:
        for voice in found:
            labels = voice["labels"]
            if _speaks(labels, name):
                language = f"{LANGUAGES[name].name} ({LANGUAGES[name].tag})"
                yield voice["voice_id"], language, labels["gender"], labels.get("grade", "")


def _health_rows(health: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    yield "ready", "yes" if health["ok"] else f"no: {health['reason']}"
    yield "version", health["version"]
    threads = f", {health['torch_threads']} threads" if health["device"] == "cpu" and health["torch_threads"] else ""
    yield "device", f"{health['device'] or 'not known yet'}{threads}"
    yield "weights", health["weights"] or "not loaded yet"
    yield "voices", str(len(health["voices"]))
    yield "replicas", ", ".join(f"{name} {count}" for name, count in health["replicas"].items()) or "none"
    yield "key", "wanted" if health["needs_key"] else "not wanted"


def _stats_rows(stats: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    yield "sessions", f"{stats['sessions']} open"
    yield "waiting", f"{stats['waiting_utterances']} utterances"
    yield "requests", str(stats["total_requests"])
    minutes = f"{stats['first_chunk_count']} in the last {stats['first_chunk_window_s'] / 60:.0f} min"
    if stats["first_chunk_p50_ms"] is None:
        yield "first chunk", minutes
    else:
        yield "first chunk", f"p50 {stats['first_chunk_p50_ms']} ms, p95 {stats['first_chunk_p95_ms']} ms, {minutes}"
    memory = ", ".join(f"{replica['deployment']} {replica['memory_mb']:.0f} MB" for replica in stats["replicas"])
    yield "memory", memory or "not known"
    if stats["gpu_memory_mb"]:
        yield "GPU memory", f"{stats['gpu_memory_mb']:.0f} MB"
    yield "load", f"CPU {stats['cpu_percent']} %, memory {stats['ram_percent']} % in use"
    if stats["missing"]:
        yield "no answer", ", ".join(stats["missing"])


def _print_table(header: tuple[str, ...] | None, rows: Iterable[tuple[str, ...]]) -> None:
    """A table for people; in a pipe it has neither colours, lines nor a width, so that each row is a line."""
    from rich.console import Console
    from rich.table import Table

    console = Console(highlight=False, width=None if sys.stdout.isatty() else WIDTH_IN_PIPES)
    table = Table(box=None, show_header=header is not None, pad_edge=False)
    for name in header or ("", ""):
        table.add_column(name, style=None if table.columns else "bold", overflow="fold")
    for row in rows:
        table.add_row(*row)
    with console.capture() as capture:
        console.print(table)
    for line in capture.get().splitlines():
        print(line.rstrip())
