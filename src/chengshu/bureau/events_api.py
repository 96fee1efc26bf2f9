"""The stream of events in the HTTP API: ``/api/v1/events``.

In the web process the event loop answers this path itself and keeps the stream open
(`chengshu.config.gateway`). What stands here describes it, and answers where there is no event loop (another
server, a test): with what there is after a position, and then the end, after which the client asks again.
"""

from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from ninja import Header, Query, Router

from chengshu.bureau.live import Refusal, admit
from chengshu.kernel.access import SIGNED_IN, api_permission
from chengshu.kernel.events.hub import marker
from chengshu.kernel.events.reading import events_after, newest_position, oldest_position
from chengshu.kernel.events.stream import HEADERS, heartbeat, opening

router = Router(tags=["events"])
PAGE = 500

EXAMPLE = (
    "retry: 2000\n\n"
    'id: 4711\nevent: hello\ndata: {"position":4711}\n\n'
    'id: 4712\nevent: lead\ndata: {"position":4712,"topic":"lead","district":1,"squad":7,'
    '"subject":"lead:123","at":"2026-05-06T01:02:03.4+00:00","data":{"stage":"dispatched"}}\n\n'
)
OPENAPI: dict[str, Any] = {
    "responses": {
        200: {
            "description": "Server-sent events; the stream stays open.",
            "content": {"text/event-stream": {"schema": {"type": "string"}, "example": EXAMPLE}},
        },
        401: {"description": "No session, or one that has ended."},
        403: {"description": "A permission is missing for a topic named."},
        422: {"description": "A position or topic that cannot be."},
        503: {"description": "The database is away; come back later."},
    }
}


@router.get("", url_name="events", openapi_extra=OPENAPI, summary="Stream of events")
@api_permission(SIGNED_IN)
def events(
    request: HttpRequest,
    topics: str = Query("", description="names, with commas; without: all that one may hear"),  # type: ignore[type-arg]
    after: str = Query("", description="the id of the last event received; without: from now on"),  # type: ignore[type-arg]
    last_event_id: str = Header("", alias="Last-Event-ID", description="goes before `after`"),  # type: ignore[type-arg]
) -> HttpResponse:
    """Events as they happen, in the order of commit, each with its position as ``id``.

    Whoever comes back with the last id misses nothing. ``hello`` says from where a new stream goes on;
    ``reset`` says that too much was missed: load the state anew and go on from its position.
    """
    headers = {name.lower(): value for name, value in request.headers.items()}
    admission = admit(headers, request.META.get("QUERY_STRING", ""))
    if isinstance(admission, Refusal):
        return JsonResponse({"detail": admission.detail}, status=admission.status)
    newest = newest_position()
    place = newest if admission.after is None else admission.after
    if admission.after is None:
        text = marker("hello", newest)
    elif place > newest or place < oldest_position() - 1:
        text = marker("reset", newest)
    else:
        page = events_after(place, PAGE)
        text = admission.audience.select(page) + (heartbeat(page[-1].position) if page else b"")
    return HttpResponse(opening() + text, headers=dict(HEADERS))
