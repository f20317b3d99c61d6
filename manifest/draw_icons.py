"""python manifest/draw_icons.py: draws both icons again: a question mark in a speech bubble."""

from pathlib import Path

from PIL import Image, ImageDraw

HERE = Path(__file__).parent
ACCENT, WHITE, CLEAR = (0x2F, 0x5D, 0x62, 255), (255, 255, 255, 255), (255, 255, 255, 0)
FINE = 8  # drawn this many times larger, then made small, for smooth edges


def bubble(size: int, ground: tuple[int, ...], line: tuple[int, ...], inner: tuple[int, ...]) -> Image.Image:
    """A speech bubble with a question mark, on `size` pixels."""
    unit = size * FINE / 32
    image = Image.new("RGBA", (size * FINE, size * FINE), ground)
    draw = ImageDraw.Draw(image)
    draw.rounded_rectangle([3 * unit, 4 * unit, 29 * unit, 24 * unit], 5 * unit, fill=line)
    draw.polygon([(9 * unit, 23 * unit), (9 * unit, 29 * unit), (16 * unit, 23 * unit)], fill=line)
    width = round(2.6 * unit)
    draw.arc([11.5 * unit, 6.5 * unit, 20.5 * unit, 15.5 * unit], 180, 90, fill=inner, width=width)
    draw.line([(16 * unit, 14.3 * unit), (16 * unit, 17.5 * unit)], fill=inner, width=width)
    draw.ellipse([14.5 * unit, 18.8 * unit, 17.5 * unit, 21.8 * unit], fill=inner)
    return image.resize((size, size), Image.Resampling.LANCZOS)


def outline() -> Image.Image:
    """The small icon: transparent, and every visible pixel white, whatever the smoothing did to its colour."""
    strength = bubble(32, (0, 0, 0, 255), (255, 255, 255, 255), (0, 0, 0, 255)).convert("L")
    image = Image.new("RGBA", (32, 32), CLEAR)
    image.putalpha(strength)
    return image


if __name__ == "__main__":
    bubble(192, ACCENT, WHITE, ACCENT).save(HERE / "color.png", optimize=True)
    outline().save(HERE / "outline.png", optimize=True)
