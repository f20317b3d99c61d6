"""The two icons of an app package: PNG, of exactly their size, the outline white on nothing.

Pure, and without a library for pictures, which nothing else here would need.
"""

import struct
import zlib
from dataclasses import dataclass

from bot.manifest.rules import Wrong

SIZES = {"color.png": 192, "outline.png": 32}  # pixels, both ways
LARGEST_ICON_BYTES = 1_000_000
_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_RGBA, _EIGHT = 6, 8  # colour type with an alpha channel; bits of one channel
_PIXEL = 4  # bytes of one such pixel
_WHITE = b"\xff\xff\xff"
_HEADER = struct.Struct(">II5B")


class _BrokenError(Exception):
    """Not a picture that we can read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Picture:
    """What its header says, and its packed pixels."""

    width: int
    height: int
    bits: int
    colours: int
    interlaced: bool
    packed: bytes


def icon_mistakes(name: str, file: bytes) -> tuple[Wrong, ...]:
    """What is wrong with this icon; `name` is color.png or outline.png."""
    size = SIZES[name]
    try:
        picture = _picture(file)
    except _BrokenError as error:
        return (Wrong(field=name, found=str(error), wanted=f"a PNG of {size}x{size} pixels"),)
    if (picture.width, picture.height) != (size, size):
        found = f"{picture.width}x{picture.height} pixels"
        return (Wrong(field=name, found=found, wanted=f"a PNG of {size}x{size} pixels"),)
    trouble = _outline_trouble(picture) if name == "outline.png" else None
    if trouble is None:
        return ()
    return (Wrong(field=name, found=trouble, wanted="white signs on a transparent ground, 8 bit RGBA"),)


def _picture(file: bytes) -> _Picture:
    if not file.startswith(_SIGNATURE) or len(file) > LARGEST_ICON_BYTES:
        raise _BrokenError("no PNG" if len(file) <= LARGEST_ICON_BYTES else f"{len(file)} bytes")
    header, packed, at = b"", b"", len(_SIGNATURE)
    while at + 12 <= len(file):
        length, kind = struct.unpack_from(">I4s", file, at)
        content = file[at + 8 : at + 8 + length]
        header = content if kind == b"IHDR" else header
        packed += content if kind == b"IDAT" else b""
        at += 12 + length
    if len(header) != _HEADER.size or not packed:
        raise _BrokenError("a PNG that is cut off")
    width, height, bits, colours, _, _, interlaced = _HEADER.unpack(header)
    return _Picture(width=width, height=height, bits=bits, colours=colours, interlaced=bool(interlaced), packed=packed)


def _outline_trouble(picture: _Picture) -> str | None:
    if (picture.bits, picture.colours) != (_EIGHT, _RGBA) or picture.interlaced:
        return f"colour type {picture.colours} with {picture.bits} bits"
    try:
        pixels = _pixels(picture)
    except _BrokenError as error:
        return str(error)
    visible = [pixel for pixel in pixels if pixel[3]]
    if not visible:
        return "nothing but transparent pixels"
    if len(visible) == len(pixels):
        return "no transparent pixel"
    coloured = sum(pixel[:3] != _WHITE for pixel in visible)
    return f"{coloured} visible pixels that are not white" if coloured else None


def _pixels(picture: _Picture) -> list[bytes]:
    """Four bytes for each pixel, from the top."""
    width = picture.width * _PIXEL
    wanted = (width + 1) * picture.height
    try:
        raw = zlib.decompressobj().decompress(picture.packed, wanted + 1)
    except zlib.error as error:
        raise _BrokenError("pixels that can't be unpacked") from error
    if len(raw) != wanted:
        raise _BrokenError("fewer or more pixels than it promises")
    above, pixels = bytes(width), []
    for start in range(0, wanted, width + 1):
        above = _line(raw[start], raw[start + 1 : start + 1 + width], above)
        pixels += [above[at : at + _PIXEL] for at in range(0, width, _PIXEL)]
    return pixels


def _line(kind: int, packed: bytes, above: bytes) -> bytes:
    """One line of pixels as it was before it was made easier to pack (PNG specification, chapter 9)."""
    line = bytearray(packed)
    for at, value in enumerate(packed):
        left = line[at - _PIXEL] if at >= _PIXEL else 0
        corner = above[at - _PIXEL] if at >= _PIXEL else 0
        match kind:
            case 0:
                guess = 0
            case 1:
                guess = left
            case 2:
                guess = above[at]
            case 3:
                guess = (left + above[at]) // 2
            case 4:
                guess = _nearest(left, above[at], corner)
            case _:
                raise _BrokenError("pixels that can't be unpacked")
        line[at] = (value + guess) & 0xFF
    return bytes(line)


def _nearest(left: int, above: int, corner: int) -> int:
    """Whichever of the three is nearest to left + above - corner; the first of equals."""
    near = left + above - corner
    return min((left, above, corner), key=lambda one: abs(near - one))
