"""What officers do on site: take a picture, have the party sign."""

from __future__ import annotations

from io import BytesIO

from PIL import Image

from tests.journeys.product import Somebody


def shot() -> dict[str, object]:
    """A picture as a phone takes it."""
    buffer = BytesIO()
    Image.effect_noise((640, 480), 40).convert("RGB").save(buffer, "JPEG")
    return {"name": "门前.jpg", "mimeType": "image/jpeg", "buffer": buffer.getvalue()}


def sign(who: Somebody) -> None:
    """Draw a line with a finger."""
    who.page.locator("canvas").scroll_into_view_if_needed()
    frame = who.page.locator("canvas").bounding_box()
    assert frame is not None
    mouse = who.page.mouse
    mouse.move(frame["x"] + 20, frame["y"] + 30)
    mouse.down()
    for step in range(1, 8):
        mouse.move(frame["x"] + 20 + step * 25, frame["y"] + 30 + (step % 2) * 30)
    mouse.up()
