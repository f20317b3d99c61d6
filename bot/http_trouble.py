"""In one word, where an exchange failed.  Knows the exceptions of httpx and of what lies under it."""

import socket
import ssl
from collections.abc import Iterator
from enum import StrEnum

import httpx


class Trouble(StrEnum):
    """Where an exchange failed."""

    DNS = "dns"
    CONNECT = "connect"
    TLS = "tls"
    TLS_UNKNOWN_ISSUER = "tls_unknown_issuer"
    TIMEOUT = "timeout"
    RESET = "reset"
    TOO_LARGE = "too_large"
    REDIRECT = "redirect"
    PROTOCOL = "protocol"
    PROXY = "proxy"
    BUDGET = "budget"


class FetchError(Exception):
    """An exchange failed before there was a whole answer.  The text names host and trouble, never a secret."""

    def __init__(self, trouble: Trouble, said: str) -> None:
        """`said`: plain words for an operator."""
        super().__init__(said)
        self.trouble = trouble
        self.said = said


WORDS = {
    Trouble.DNS: "name not found",
    Trouble.CONNECT: "no connection",
    Trouble.TLS: "TLS failed",
    Trouble.TLS_UNKNOWN_ISSUER: "something on this network replaces certificates: set NOTJUSTYOU_CA_FILE",
    Trouble.TIMEOUT: "timed out",
    Trouble.RESET: "connection cut",
    Trouble.TOO_LARGE: "answer too large",
    Trouble.REDIRECT: "redirected elsewhere",
    Trouble.PROTOCOL: "answer is not proper HTTP",
    Trouble.PROXY: "the proxy failed",
    Trouble.BUDGET: "budget of requests used up",
}

# OpenSSL's verify codes for a chain that ends at nobody we trust: 18 self-signed, 19 self-signed in chain, 20 and 21
# issuer not found, 2 issuer not found in chain (x509_vfy.h).
_UNKNOWN_ISSUER = frozenset({2, 18, 19, 20, 21})

_BY_CLASS: dict[type[Exception], Trouble] = {  # the first that fits
    httpx.ProxyError: Trouble.PROXY,
    httpx.TimeoutException: Trouble.TIMEOUT,
    httpx.ConnectError: Trouble.CONNECT,
    httpx.NetworkError: Trouble.RESET,
    OSError: Trouble.CONNECT,
}


def failed(trouble: Trouble, host: str, more: str = "") -> FetchError:
    """The error for `host`, in the words that operators are shown."""
    return FetchError(trouble, f"{host}: {more or WORDS[trouble]}")


def trouble_of(error: Exception, *, proxied: bool) -> Trouble:
    """What `error` from httpx means.  `proxied`: the connection that failed was the one to a proxy."""
    trouble = _from_causes(error) or _from_httpx(error)
    if proxied and trouble in {Trouble.CONNECT, Trouble.DNS}:
        return Trouble.PROXY
    return trouble


def _from_causes(error: Exception) -> Trouble | None:
    """The first cause that says more than httpx's own class does."""
    for cause in _chain(error):
        match cause:
            case ssl.SSLCertVerificationError():
                return Trouble.TLS_UNKNOWN_ISSUER if cause.verify_code in _UNKNOWN_ISSUER else Trouble.TLS
            case ssl.SSLError():
                return Trouble.TLS
            case socket.gaierror():
                return Trouble.DNS
            case ConnectionResetError() | ConnectionAbortedError() | BrokenPipeError():
                return Trouble.RESET
            case TimeoutError():
                return Trouble.TIMEOUT
    return None


def _from_httpx(error: Exception) -> Trouble:
    if isinstance(error, httpx.RemoteProtocolError) and any(word in str(error) for word in ("disconnected", "closed")):
        return Trouble.RESET
    return next((trouble for kind, trouble in _BY_CLASS.items() if isinstance(error, kind)), Trouble.PROTOCOL)


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__
