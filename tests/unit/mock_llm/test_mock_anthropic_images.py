import base64
import struct

import pytest

from mock_llm.wire.anthropic.images import size_of, tokens_of


@pytest.mark.parametrize(
    ("size", "tokens"),
    [
        ((1, 1), 1),
        ((28, 28), 1),
        ((29, 28), 2),
        ((1000, 1000), 1296),
        ((1920, 1080), 2691),
        ((3840, 2160), 4784),
        ((8000, 100), 92 * 2),
    ],
)
def test_an_image_is_a_token_for_each_patch_up_to_its_limits(size, tokens):
    assert tokens_of(*size) == tokens


@pytest.mark.parametrize("size", [(8000, 8000), (4032, 3024), (2576, 2576)])
def test_no_image_is_more_than_the_limit_nor_far_below_it(size):
    assert 4600 < tokens_of(*size) <= 4784


def png(width, height):
    return b"\x89PNG\r\n\x1a\n" + b"\0\0\0\rIHDR" + struct.pack(">II", width, height)


def jpeg(width, height):
    tables = b"\xff\xdb" + struct.pack(">H", 4) + b"\0\0"
    frame = b"\xff\xc2" + struct.pack(">HBHH", 11, 8, height, width)
    return b"\xff\xd8" + tables + frame


def webp(kind, rest):
    return b"RIFF\0\0\0\0WEBP" + kind + b"\0\0\0\0" + rest


@pytest.mark.parametrize(
    "image",
    [
        png(300, 200),
        jpeg(300, 200),
        b"GIF89a" + struct.pack("<HH", 300, 200),
        webp(b"VP8 ", b"\0" * 6 + struct.pack("<HH", 300, 200)),
        webp(b"VP8L", b"\x2f" + struct.pack("<I", 299 | 199 << 14) + b"\0" * 5),
        webp(b"VP8X", b"\0" * 4 + (299).to_bytes(3, "little") + (199).to_bytes(3, "little")),
    ],
    ids=["png", "jpeg", "gif", "webp", "webp lossless", "webp extended"],
)
def test_the_size_of_an_image_is_read_from_its_header(image):
    assert size_of(base64.b64encode(image).decode()) == (300, 200)


@pytest.mark.parametrize(
    "data",
    [
        "",
        "?",
        "é",
        base64.b64encode(b"nonsense").decode(),
        base64.b64encode(png(0, 5)).decode(),
        base64.b64encode(b"GIF89a\0").decode(),
        base64.b64encode(b"\xff\xd8\xff\xdb").decode(),
        base64.b64encode(jpeg(1, 1)[:-3]).decode(),
        base64.b64encode(b"RIFF\0\0\0\0WEBPVP8X").decode(),
    ],
)
def test_what_is_no_image_is_said_to_be_none(data):
    with pytest.raises(ValueError, match=r"base64|Could not process"):
        size_of(data)
