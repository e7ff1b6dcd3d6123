"""TLS for the service: certificates that somebody has, or one of our own for trying it."""

from __future__ import annotations

import datetime
import os
import re
import socket
import ssl
from dataclasses import dataclass
from pathlib import Path

import trustme
from cryptography import x509

SELF_SIGNED = "self-signed"
LASTS = datetime.timedelta(days=365)
RENEWED_BEFORE = datetime.timedelta(days=7)


class TlsUnusable(ValueError):
    """A certificate that cannot be served with. The message is written for the user."""


@dataclass(frozen=True, slots=True)
class Certificate:
    """Files in the form of PEM."""

    certificate: Path
    key: Path
    authority: Path | None = None
    """What a client has to trust, where no client does so by itself."""

    def http_options(self) -> dict[str, str]:
        """The options of Ray Serve that serve with it."""
        return {"ssl_certfile": str(self.certificate), "ssl_keyfile": str(self.key)}


def certificate_for(tls: str, host: str, folder: Path) -> Certificate:
    """What the variable ``TLS`` of ``make serve`` asks for.

    Args:
        tls: ``self-signed``, or the paths of a certificate and its key with a comma between them.
        host: that the service listens at, for a certificate of our own.
        folder: that keeps a certificate of our own.

    Raises:
        TlsUnusable: it is neither, or the files do not work.
    """
    if tls == SELF_SIGNED:
        return self_signed(host, folder)
    paths = [Path(path.strip()) for path in tls.split(",")]
    if len(paths) != 2:
        raise TlsUnusable(
            f"TLS must be {SELF_SIGNED}, or the paths of a certificate and its key (TLS=cert.pem,key.pem), not {tls!r}."
        )
    found = Certificate(paths[0].absolute(), paths[1].absolute())
    if reason := _fault(found):
        raise TlsUnusable(f"Cannot serve with {found.certificate} and {found.key}: {reason}.")
    return found


def self_signed(host: str, folder: Path) -> Certificate:
    """A certificate for this machine, made anew when the one in the folder does not serve any more.

    The authority that signs it keeps no key: whoever trusts it trusts this one certificate.

    Raises:
        TlsUnusable: the folder cannot be written to, or the host has a name that no certificate can have.
    """
    found = Certificate(folder / "cert.pem", folder / "key.pem", folder / "ca.pem")
    names = [*dict.fromkeys(("localhost", "127.0.0.1", "::1", _name_of(host)))]
    if not _serves(found, names):
        authority = trustme.CA(organization_name="Kokoro Serve, for trying it")
        expires = datetime.datetime.now(datetime.timezone.utc) + LASTS
        try:
            leaf = authority.issue_cert(*names, not_after=expires)
            folder.mkdir(parents=True, exist_ok=True)
            _write_secret(found.key, leaf.private_key_pem.bytes())
            found.certificate.write_bytes(b"".join(part.bytes() for part in leaf.cert_chain_pems))
            (folder / "ca.pem").write_bytes(authority.cert_pem.bytes())
        except UnicodeError as error:  # of the library that encodes names
            raise TlsUnusable(f"Cannot make a certificate for {host}: {error}.") from error
        except OSError as error:
            raise TlsUnusable(f"Cannot write a certificate to {folder}: {error.strerror}.") from error
    return found


def _name_of(host: str) -> str:
    """What clients call a host; one that listens everywhere by the name of the machine, if that fits a certificate."""
    if host not in ("0.0.0.0", "::"):
        return host.lower()
    machine = socket.gethostname().lower()
    return machine if re.fullmatch(r"[a-z0-9]([a-z0-9.-]{0,61}[a-z0-9])?", machine) else "localhost"


def _serves(found: Certificate, names: list[str]) -> bool:
    if _fault(found) or found.authority is None or not found.authority.is_file():
        return False
    certificate = x509.load_pem_x509_certificate(found.certificate.read_bytes())
    if certificate.not_valid_after_utc - RENEWED_BEFORE < datetime.datetime.now(datetime.timezone.utc):
        return False
    known = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    return {str(name.value) for name in known} >= set(names)


def _fault(found: Certificate) -> str | None:
    """Why a certificate and its key do not work together, if they do not."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    try:
        # With a password at hand OpenSSL does not ask for one at the terminal.
        context.load_cert_chain(found.certificate, found.key, password="")
    except (OSError, ValueError) as error:
        return getattr(error, "reason", None) or getattr(error, "strerror", None) or str(error)
    return None


def _write_secret(path: Path, content: bytes) -> None:
    path.unlink(missing_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(content)
