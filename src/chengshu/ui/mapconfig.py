"""What the map island is told: one JSON object beside the map's container.

Keys a page may give (all optional unless the mode needs them):

``mode``            "browse" (default), "show" (one point and its neighbours), "pick" (a pin for a form) or
                    "draw" (a polygon for a form)
``center``          [lng, lat] in WGS 84 degrees; ``zoom``
``bounds``          [west, south, east, north] shown first
``townsUrl``        GeoJSON of the areas drawn as ground, with ``name`` and ``code`` in the properties
``transportUrl``    GeoJSON with ``kind`` metro, metro_station or elevated_road and ``name``
``filters``         fixed query parameters for the data address; in mode "browse" those of the page's own
                    address (filter bar) are added, and the map fetches again when they change
``bboxInput``       id of a hidden input that holds the box; the container fires ``map-moved`` after it
``classes``         [{"code", "label", "color", "hollow"}] legend of the points; colour optional, hollow: a
                    ring instead of a dot
``statuses``        {code: label}
``point``           {"lng", "lat", "label"} for "show" and "pick"
``marks``           [{"lng", "lat", "label"}] smaller pins beside the point, such as photos
``overlay``         GeoJSON laid over the ground; ``kind`` area (with ``level`` 0 to 5), line, stop or
                    check_in, and ``label`` in the properties
``pick``            {"lng": "<input id>", "lat": "<input id>"} for "pick"
``draw``            "<input id>" for "draw": holds GeoJSON; buttons data-draw="undo" and "clear" act on it
``shapesUrl``       GeoJSON of areas drawn over the ground, with ``name`` and ``kind`` in the properties
``detailUrl``       address of an object's JSON, ``{id}`` in it; ``objectUrl`` that of its page
``follow``          true: the address of the page keeps the position of the map
``tiles``           null (offline ground) or {"type": "tianditu", "key": …}
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.templatetags.static import static
from django.utils.translation import get_language, gettext

# Hues far enough apart on the pale ground to tell ten classes, none of them a status colour.
PALETTE = (
    "#1f6fb2",
    "#b4571e",
    "#6a4fb0",
    "#00787a",
    "#a1327b",
    "#6b6a12",
    "#3b5b73",
    "#8c4a3c",
    "#2f7d9a",
    "#7a5a94",
)


def complete(data_url: str, config: Mapping[str, Any]) -> dict[str, Any]:
    """The page's configuration with what every map needs: worker, texts, colours, tiles by setting."""
    key = getattr(settings, "TIANDITU_KEY", None)
    full: dict[str, Any] = {
        "mode": "browse",
        "dataUrl": data_url,
        "filters": {},
        "tiles": {"type": "tianditu", "key": key} if key else None,
        **config,
        "workerUrl": static("islands/map-worker.js"),
        "language": get_language() or "zh-hans",
        "texts": {**texts(), **config.get("texts", {})},
    }
    full["classes"] = [
        {"color": PALETTE[index % len(PALETTE)], **entry}
        for index, entry in enumerate(config.get("classes", []))
    ]
    return full


def texts() -> dict[str, str]:
    """Every word the map may show."""
    return {
        "objects": gettext("{n} objects in view"),
        "objectsCapped": gettext("more than {n} objects in view"),
        "none": gettext("No objects in view"),
        "failed": gettext("The objects could not be loaded. Move the map to try again."),
        "noWebgl": gettext(
            "This browser cannot draw the map (WebGL is off). The list beside it shows the same objects."
        ),
        "open": gettext("Open file"),
        "more": gettext("{n} here: click to come closer"),
        "legend": gettext("Legend"),
        "pickHint": gettext("Click the map or drag the pin to set the position."),
        "drawHint": gettext(
            "Click the map to set the corners one after the other; drag a corner to move it."
        ),
        "zoomIn": gettext("Zoom in"),
        "zoomOut": gettext("Zoom out"),
        "whole": gettext("Whole district"),
        "close": gettext("Close"),
    }
