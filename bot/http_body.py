"""The body of an answer, never larger than a cap and never unpacked further than that."""

import zlib

import httpx

from bot.http_trouble import Trouble, failed

_COMPRESSED = frozenset({"gzip", "x-gzip", "deflate"})
_PLAIN = frozenset({"", "identity"})


async def whole_body(response: httpx.Response, host: str, cap: int) -> bytes:
    """The body, decompressed here and not by httpx, which would unpack a bomb whole before we could count."""
    declared = response.headers.get("content-length", "")
    if declared.isdecimal() and int(declared[:20]) > cap:
        raise failed(Trouble.TOO_LARGE, host)
    encoding = response.headers.get("content-encoding", "").strip().lower()
    if encoding not in _COMPRESSED | _PLAIN:
        raise failed(Trouble.PROTOCOL, host, "answer is packed in a way that we did not ask for")
    unpacker = zlib.decompressobj(zlib.MAX_WBITS | 32) if encoding in _COMPRESSED else None
    body = bytearray()
    try:
        async for chunk in response.aiter_raw():
            body += unpacker.decompress(chunk, cap + 1 - len(body)) if unpacker else chunk
            if len(body) > cap:
                raise failed(Trouble.TOO_LARGE, host)
    except zlib.error as error:
        raise failed(Trouble.PROTOCOL, host, "answer is packed wrongly") from error
    if unpacker and body and not unpacker.eof:
        raise failed(Trouble.RESET, host)
    return bytes(body)
