"""TLS in front of a plain port, for the client that speaks nothing else."""

from __future__ import annotations

import asyncio
import contextlib
import ssl
import threading
from collections.abc import Iterator
from concurrent.futures import Future
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import trustme


@dataclass(frozen=True)
class SecureAddress:
    url: str
    authority: Path
    """The certificate of the authority that a client must trust."""


@contextlib.contextmanager
def in_front_of(port: int, folder: Path) -> Iterator[SecureAddress]:
    """Takes TLS off whatever comes and passes it on to a port of this machine, both ways.

    Args:
        folder: where the authority's certificate goes.
    """
    authority = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost", "127.0.0.1").configure_cert(context)
    # A client of websockets' threads writes its request while another thread reads. Before Python 3.13 nothing guards
    # OpenSSL's state against that, and a session ticket that is read at that moment loses the request: 5 of 2,500
    # connections hung, and none without tickets.
    context.num_tickets = 0
    authority.cert_pem.write_to_path(str(folder / "authority.pem"))

    connections: dict[asyncio.Task[Any] | None, asyncio.StreamWriter] = {}

    async def connect(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connections[asyncio.current_task()] = writer
        plain_reader, plain_writer = await asyncio.open_connection("127.0.0.1", port)
        await asyncio.gather(_pass_on(reader, plain_writer), _pass_on(plain_reader, writer))
        del connections[asyncio.current_task()]

    listening: Future[int] = Future()
    stopping: Future[None] = Future()

    async def serve() -> None:
        server = await asyncio.start_server(connect, "127.0.0.1", 0, ssl=context)
        listening.set_result(server.sockets[0].getsockname()[1])
        await asyncio.wrap_future(stopping)
        server.close()
        # What clients keep open for their next request.
        for writer in connections.values():
            writer.transport.abort()
        await asyncio.gather(*filter(None, connections))

    # A loop of its own: the client blocks the test's thread.
    thread = threading.Thread(target=asyncio.run, args=[serve()], name="tls")
    thread.start()
    try:
        yield SecureAddress(f"https://localhost:{listening.result(10)}", folder / "authority.pem")
    finally:
        stopping.set_result(None)
        thread.join()


async def _pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Until one side ends; TLS knows no half of a connection."""
    try:
        while data := await reader.read(65_536):
            writer.write(data)
            await writer.drain()
    except (ConnectionError, ssl.SSLError):
        pass
    finally:
        writer.close()
