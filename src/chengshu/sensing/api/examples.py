"""Examples of the API's description: a shed seen between two flights."""

from typing import Any

SQUARE: dict[str, Any] = {
    "type": "Polygon",
    "coordinates": [[[121.433, 31.243], [121.4331, 31.243], [121.4331, 31.2431], [121.433, 31.243]]],
}
NEW_FLIGHT: dict[str, Any] = {
    "name": "长寿路街道六月",
    "flown_on": "2020-06-01",
    "mosaic": "2020-06/changshou.tif",
    "dsm": "2020-06/changshou_dsm.tif",
    "operator": "区无人机队",
    "height_m": 120,
}
FLIGHT: dict[str, Any] = {
    "id": 12,
    "name": "长寿路街道六月",
    "flown_on": "2020-06-01",
    "operator": "区无人机队",
    "height_m": 120.0,
    "gsd_m": 0.05,
    "crs": "EPSG:32651",
    "width": 20000,
    "height": 20000,
    "state": "ready",
    "problem": "",
    "has_dsm": True,
    "created_at": "2020-06-02T01:10:00Z",
    "url": "/api/v1/sensing/flights/12",
}
PROGRESS: dict[str, Any] = {"state": "done", "done": 400, "total": 400, "percent": 100, "message": ""}
FLIGHT_DETAIL: dict[str, Any] = {
    **FLIGHT,
    "area": SQUARE,
    "mosaic": {"path": "2020-06/changshou.tif", "bytes": 1200000000, "sha256": "ab" * 32},
    "dsm": {"path": "2020-06/changshou_dsm.tif", "bytes": 1600000000, "sha256": "cd" * 32},
    "progress": PROGRESS,
    "comparisons": [5],
}
COMPARISON: dict[str, Any] = {
    "id": 5,
    "before": 11,
    "before_on": "2020-05-01",
    "after": 12,
    "after_on": "2020-06-01",
    "state": "done",
    "problem": "",
    "has_heights": True,
    "suspects": 41,
    "suppressed": 3,
    "created_at": "2020-06-02T01:20:00Z",
    "finished_at": "2020-06-02T01:31:00Z",
    "url": "/api/v1/sensing/comparisons/5",
}
COMPARISON_DETAIL: dict[str, Any] = {
    **COMPARISON,
    "progress": PROGRESS,
    "registration": {"matches": True, "accepted": True, "dx": 0.4, "dy": -1.1},
    "remarks": [],
    "counts": {"open": 30, "lead": 8, "known_legal": 3},
}
SUSPECT: dict[str, Any] = {
    "id": 771,
    "number": "5-17",
    "comparison": 5,
    "kind": "temporary_shed",
    "area_m2": 42.5,
    "height_gain_m": 2.6,
    "score": 0.83,
    "position": [121.433, 31.243],
    "town": 7,
    "town_name": "长寿路街道",
    "state": "open",
    "second": "",
    "under_construction": False,
    "decided_at": None,
    "lead": None,
    "sent_at": None,
    "result": "",
    "url": "/api/v1/sensing/suspects/771",
}
SUSPECT_DETAIL: dict[str, Any] = {
    **SUSPECT,
    "outline": SQUARE,
    "reasons": ["高度增加2.6米。"],
    "known": [{"kind": "structure", "title": "WJ202000012", "since": "2020-03-01", "until": None}],
    "permit": None,
    "decisions": [],
    "earlier": [],
}
NEW_PERMIT: dict[str, Any] = {
    "number": "沪普建（2020）12号",
    "kind": "permit",
    "name": "长寿路办公楼",
    "valid_from": "2020-01-01",
    "outline": SQUARE,
}
PERMIT: dict[str, Any] = {
    "id": 3,
    "number": "沪普建（2020）12号",
    "kind": "permit",
    "name": "长寿路办公楼",
    "position": [121.433, 31.243],
    "valid_from": "2020-01-01",
    "valid_to": None,
    "source": "规划资源局2020年第三季度",
    "active": True,
    "imported_at": "2020-10-01T02:00:00Z",
}
