"""How many tokens an image is, by Anthropic's published rule.

A token is a patch of 28 by 28 pixels: ceil(width / 28) * ceil(height / 28). An image with an edge
beyond 2576 pixels or of more than 4784 tokens is first made smaller, its proportions kept.
(platform.claude.com, "Vision", for Claude 4.7 and later.)
"""

import base64
import math
import struct

PATCH = 28
LONGEST_EDGE = 2576
MOST_TOKENS = 4784
# Nothing is fetched, so an image behind a URL counts as this large.
UNSEEN = (1024, 1024)
# So far reaches what every kind of WebP says of its size.
_WEBP_HEAD = 30


def tokens_of(width: int, height: int) -> int:
    """What an image of so many pixels costs."""
    scale = min(1.0, LONGEST_EDGE / max(width, height))
    while _patches(width * scale) * _patches(height * scale) > MOST_TOKENS:
        scale *= 0.999
    return _patches(width * scale) * _patches(height * scale)


def _patches(edge: float) -> int:
    return max(1, math.ceil(round(edge, 6) / PATCH))


def size_of(data: str) -> tuple[int, int]:
    """Width and height in pixels of an image in base64: PNG, GIF, JPEG or WebP.

    Raises:
        ValueError: it is not base64, or no such image.
    """
    try:
        image = base64.b64decode(data, validate=True)
    except ValueError as error:
        raise ValueError("invalid base64 data") from error
    try:
        width, height = _size(image)
    except (struct.error, IndexError):
        width = height = 0
    if width < 1 or height < 1:
        raise ValueError("Could not process image")
    return width, height


def _size(image: bytes) -> tuple[int, int]:
    if image.startswith(b"\x89PNG\r\n\x1a\n"):
        return _two(">II", image, 16)
    if image[:6] in (b"GIF87a", b"GIF89a"):
        return _two("<HH", image, 6)
    if image.startswith(b"\xff\xd8"):
        return _jpeg(image)
    if image[:4] == b"RIFF" and image[8:12] == b"WEBP":
        return _webp(image)
    return 0, 0


def _two(layout: str, image: bytes, at: int) -> tuple[int, int]:
    first, second = struct.unpack_from(layout, image, at)
    return first, second


def _jpeg(image: bytes) -> tuple[int, int]:
    """From the frame header: the first marker SOF0 to SOF15 that is not DHT, JPG or DAC."""
    at = 2
    while image[at] == 0xFF:
        marker = image[at + 1]
        if 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC):
            height, width = _two(">HH", image, at + 5)
            return width, height
        at += 2 + int.from_bytes(image[at + 2 : at + 4], "big")
    return 0, 0


def _webp(image: bytes) -> tuple[int, int]:
    if len(image) < _WEBP_HEAD:
        return 0, 0
    kind = image[12:16]
    if kind == b"VP8X":
        width, height = image[24:27], image[27:30]
        return 1 + int.from_bytes(width, "little"), 1 + int.from_bytes(height, "little")
    if kind == b"VP8L":
        bits = int.from_bytes(image[21:25], "little")
        return 1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF)
    width_bits, height_bits = _two("<HH", image, 26)
    return width_bits & 0x3FFF, height_bits & 0x3FFF
