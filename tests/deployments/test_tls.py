"""Certificates: of our own and of somebody else, and what they are worth."""

from __future__ import annotations

import datetime
import socket
import ssl
import stat
from contextlib import suppress
from pathlib import Path

import pytest
import trustme

from deployments import tls
from deployments.tls import Certificate, TlsUnusable, certificate_for


def contents(found: Certificate) -> list[bytes]:
    assert found.authority is not None
    return [path.read_bytes() for path in (found.certificate, found.key, found.authority)]


def handshake(found: Certificate, name: str) -> None:
    """Does a handshake in memory, with a client that trusts the authority only.

    Raises:
        ssl.SSLCertVerificationError: the client does not trust the certificate for that name.
    """
    server_context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server_context.load_cert_chain(found.certificate, found.key)
    client_context = ssl.create_default_context(cafile=found.authority)
    to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
    client = client_context.wrap_bio(to_client, to_server, server_hostname=name)
    server = server_context.wrap_bio(to_server, to_client, server_side=True)
    for _ in range(3):
        for side in (client, server):
            with suppress(ssl.SSLWantReadError):
                side.do_handshake()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "cache" / "tls"


@pytest.mark.parametrize("name", ["localhost", "127.0.0.1", "::1", "tts.example.org"])
def test_a_certificate_of_our_own_is_trusted_by_who_trusts_its_authority(folder: Path, name: str) -> None:
    handshake(certificate_for("self-signed", "tts.example.org", folder), name)


def test_it_is_for_no_other_host(folder: Path) -> None:
    with pytest.raises(ssl.SSLCertVerificationError):
        handshake(certificate_for("self-signed", "127.0.0.1", folder), "elsewhere.example")


@pytest.mark.parametrize(("machine", "name"), [("Desk-7.example", "desk-7.example"), ("my_desk", "localhost")])
def test_where_the_service_listens_everywhere_it_has_the_name_of_the_machine_if_that_is_fit_for_it(
    folder: Path, monkeypatch: pytest.MonkeyPatch, machine: str, name: str
) -> None:
    monkeypatch.setattr(socket, "gethostname", lambda: machine)
    handshake(certificate_for("self-signed", "0.0.0.0", folder), name)


def test_a_host_that_no_certificate_can_name_is_told(folder: Path) -> None:
    with pytest.raises(TlsUnusable, match="Cannot make a certificate for my_desk"):
        certificate_for("self-signed", "my_desk", folder)


def test_its_key_is_for_its_owner_alone(folder: Path) -> None:
    found = certificate_for("self-signed", "127.0.0.1", folder)
    assert stat.S_IMODE(found.key.stat().st_mode) == 0o600
    assert {path.name for path in folder.iterdir()} == {"cert.pem", "key.pem", "ca.pem"}


def test_it_is_used_again_while_it_serves(folder: Path) -> None:
    first = contents(certificate_for("self-signed", "192.0.2.7", folder))
    assert contents(certificate_for("self-signed", "192.0.2.7", folder)) == first
    assert contents(certificate_for("self-signed", "127.0.0.1", folder)) == first, "it is for this name too"
    assert contents(certificate_for("self-signed", "192.0.2.8", folder)) != first


@pytest.mark.parametrize("file", ["cert.pem", "key.pem", "ca.pem"])
def test_it_is_made_anew_when_a_file_of_it_is_lost(folder: Path, file: str) -> None:
    first = certificate_for("self-signed", "127.0.0.1", folder)
    (folder / file).unlink()
    assert contents(certificate_for("self-signed", "127.0.0.1", folder))
    handshake(first, "localhost")


def test_it_is_made_anew_before_it_ends(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tls, "LASTS", datetime.timedelta(days=6))
    first = contents(certificate_for("self-signed", "127.0.0.1", folder))
    assert contents(certificate_for("self-signed", "127.0.0.1", folder)) != first


def test_a_folder_that_cannot_be_written_to_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(TlsUnusable, match=f"Cannot write a certificate to {tmp_path}/file/tls: Not a directory"):
        certificate_for("self-signed", "127.0.0.1", tmp_path / "file" / "tls")


def test_a_certificate_that_somebody_has_is_used_as_it_is(tmp_path: Path, folder: Path) -> None:
    leaf = trustme.CA().issue_cert("tts.example.org")
    leaf.cert_chain_pems[0].write_to_path(tmp_path / "cert.pem")
    leaf.private_key_pem.write_to_path(tmp_path / "key.pem")

    found = certificate_for(f"{tmp_path}/cert.pem,{tmp_path}/key.pem", "0.0.0.0", folder)

    assert found == Certificate(tmp_path / "cert.pem", tmp_path / "key.pem")
    assert not folder.exists()


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ("yes", "TLS must be self-signed, or the paths"),
        ("a,b,c", "not 'a,b,c'"),
        ("{tmp}/nothing.pem,{tmp}/key.pem", "nothing.pem.*No such file"),
        ("{tmp}/cert.pem,{tmp}/other.pem", "KEY_VALUES_MISMATCH"),
    ],
)
def test_a_value_that_cannot_be_served_with_is_told(tmp_path: Path, folder: Path, value: str, said: str) -> None:
    authority = trustme.CA()
    leaf, other = authority.issue_cert("localhost"), authority.issue_cert("localhost")
    leaf.cert_chain_pems[0].write_to_path(tmp_path / "cert.pem")
    leaf.private_key_pem.write_to_path(tmp_path / "key.pem")
    other.private_key_pem.write_to_path(tmp_path / "other.pem")
    with pytest.raises(TlsUnusable, match=said):
        certificate_for(value.format(tmp=tmp_path), "127.0.0.1", folder)
