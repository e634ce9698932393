"""The picture of a persona: drawn from a few choices, or handed in and made anew, so that nothing
but the picture is kept."""

from __future__ import annotations

import base64
import io
from collections.abc import Mapping
from typing import BinaryIO

from django.utils.translation import gettext_lazy as _
from PIL import Image, ImageOps, UnidentifiedImageError

from gern.core.errors import BadInput

SIDE = 480
MOST_BYTES = 5_000_000
MOST_PIXELS = 40_000_000
FORMATS = ("PNG", "JPEG", "WEBP")

LOOKS = {
    "skin": (_("Skin"), {"1": "#f6d3b8", "2": "#e8b48c", "3": "#c68a5e", "4": "#94603c", "5": "#5f3c25"}),
    "hair": (_("Hair"), {"short": _("short"), "long": _("long"), "curls": _("curls"), "bun": _("bun"),
                         "none": _("none"), "scarf": _("head scarf")}),
    "colour": (_("Hair or scarf colour"), {"black": "#23201f", "brown": "#5a3a22", "fair": "#d9b15f",
                                           "red": "#a5482a", "grey": "#a9a9ad", "blue": "#3f5f8f"}),
    "glasses": (_("Glasses"), {"no": _("no"), "yes": _("yes")}),
    "beard": (_("Beard"), {"no": _("no"), "yes": _("yes")}),
    "clothes": (_("Clothes"), {"indigo": "#4353d6", "green": "#2f7d5b", "ochre": "#b5792b",
                               "wine": "#8e3b52", "slate": "#4a5468"}),
}  # fmt: skip
"""What can be chosen: what it is called, and the choices."""
NAMES = {
    "1": _("very light"), "2": _("light"), "3": _("medium"), "4": _("dark"), "5": _("very dark"),
    "black": _("black"), "brown": _("brown"), "fair": _("fair"), "red": _("red"), "grey": _("grey"),
    "blue": _("blue"), "indigo": _("indigo"), "green": _("green"), "ochre": _("ochre"),
    "wine": _("wine red"), "slate": _("slate"),
}  # fmt: skip


def look_of(said: Mapping[str, str]) -> dict[str, str]:
    """A whole look of what was chosen; the first choice where nothing known was."""
    return {key: said[key] if said.get(key) in choices else next(iter(choices))
            for key, (_name, choices) in LOOKS.items()}  # fmt: skip


def drawn(look: Mapping[str, str]) -> str:
    """The portrait as SVG, 200 × 200, without the outer element."""
    look = look_of(look)

    def colour(key: str) -> str:
        return str(LOOKS[key][1][look[key]])

    skin, hair = colour("skin"), colour("colour")
    behind, front = _hair(look["hair"], hair)
    glasses = (
        '<g fill="none" stroke="#23201f" stroke-width="3"><circle cx="82" cy="93" r="13"/>'
        '<circle cx="118" cy="93" r="13"/><path d="M95 92h10"/></g>'
        if look["glasses"] == "yes" else ""
    )  # fmt: skip
    beard = (
        f'<path d="M63 104c2 40 20 50 37 50s35-10 37-50c-8 14-18 17-37 17s-29-3-37-17z" fill="{hair}"/>'
        if look["beard"] == "yes" else ""
    )  # fmt: skip
    return (
        '<rect width="200" height="200" fill="#e9ebf7"/>'
        f"{behind}"
        f'<path d="M22 200c4-40 34-54 78-54s74 14 78 54z" fill="{colour("clothes")}"/>'
        f'<path d="M84 132h32v24c-4 10-28 10-32 0z" fill="{skin}"/>'
        f'<ellipse cx="100" cy="97" rx="38" ry="47" fill="{skin}"/>'
        f"{beard}"
        '<circle cx="83" cy="93" r="4" fill="#23201f"/><circle cx="117" cy="93" r="4" fill="#23201f"/>'
        '<path d="M88 122c6 6 18 6 24 0" fill="none" stroke="#23201f" stroke-width="3" stroke-linecap="round"/>'
        f"{glasses}{front}"
    )


def _hair(kind: str, colour: str) -> tuple[str, str]:
    """(behind the head, before it)."""
    cap = f'<path d="M60 92c-4-46 20-58 40-58s44 12 40 58c-8-22-18-30-40-30s-32 8-40 30z" fill="{colour}"/>'
    if kind == "none":
        return "", ""
    if kind == "long":
        return f'<path d="M56 90c-6-50 24-62 44-62s50 12 44 62v70H56z" fill="{colour}"/>', cap
    if kind == "bun":
        return f'<circle cx="100" cy="28" r="18" fill="{colour}"/>', cap
    if kind == "curls":
        curls = "".join(f'<circle cx="{x}" cy="{y}" r="17" fill="{colour}"/>'
                        for x, y in ((62, 78), (66, 54), (84, 40), (104, 36), (124, 44), (136, 60), (139, 80)))  # fmt: skip
        return curls, ""
    if kind == "scarf":
        return (
            f'<path d="M52 96c-6-54 24-70 48-70s54 16 48 70c0 40-12 66-48 70-36-4-48-30-48-70z" fill="{colour}"/>',
            f'<path d="M61 94c-4-44 20-54 39-54s43 10 39 54c-6-26-18-34-39-34s-33 8-39 34z" fill="{colour}"/>',
        )
    return "", cap


def taken_in(file: BinaryIO) -> bytes:
    """The picture, square and small, as a new JPEG without anything that was written beside it.
    ``BadInput``: it is none, or too big."""
    content = file.read(MOST_BYTES + 1)
    refused = BadInput(
        f"A picture is a PNG, JPEG or WebP of at most {MOST_BYTES // 1_000_000} MB. Nothing was changed.",
        param="picture",
        german=f"Ein Bild ist ein PNG, JPEG oder WebP mit höchstens {MOST_BYTES // 1_000_000} MB. Es wurde"
        " nichts geändert.",
    )  # fmt: skip
    if len(content) > MOST_BYTES:
        raise refused
    try:
        image = Image.open(io.BytesIO(content), formats=FORMATS)
        if image.width * image.height > MOST_PIXELS:
            raise refused
        image = ImageOps.exif_transpose(image)
        image = ImageOps.fit(image.convert("RGBA"), (SIDE, SIDE))
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        raise refused from None
    fresh = Image.new("RGB", (SIDE, SIDE), "white")  # pixels only: no comments, no place, no camera
    fresh.paste(image, mask=image)
    out = io.BytesIO()
    fresh.save(out, "JPEG", quality=85)
    return out.getvalue()


def inner_svg(picture: bytes | None, look: Mapping[str, str]) -> str:
    """What stands inside an SVG of 200 × 200: the picture handed in, or the drawn one."""
    if not picture:
        return drawn(look)
    encoded = base64.b64encode(bytes(picture)).decode()
    return f'<image width="200" height="200" href="data:image/jpeg;base64,{encoded}"/>'
