"""Writing notices, and reading them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.utils import timezone, translation
from django.utils.functional import Promise
from django.utils.http import url_has_allowed_host_and_scheme

from chengshu.bureau.models import Level, Notice, NoticePreference, NoticeRoute, Unit, User
from chengshu.bureau.notices import ways
from chengshu.kernel import outbox
from chengshu.kernel.models import Event

Text = str | Promise | Callable[[], str]
RANK = {level: rank for rank, level in enumerate(Level.values)}
Way, Wish = NoticeRoute.Way, NoticePreference.Wish


@dataclass(frozen=True)
class _Message:
    """What is to be told, before it is put into anybody's language."""

    kind: str
    title: Text
    text: Text
    url: str
    level: str
    key: str

    def words(self, language: str) -> tuple[str, str]:
        """Title and text in a language."""
        with translation.override(language):
            return _say(self.title)[:200], _say(self.text)[:1000]


@transaction.atomic(savepoint=False)  # whoever tells and fails, fails as a whole
def notify(
    people: Iterable[User],
    kind: str,
    title: Text,
    *,
    key: str,
    url: str = "",
    level: str = Level.INFO,
    text: Text = "",
    unit: Unit | None = None,
) -> int:
    """Tell people something; returns how many notices are new.

    In one transaction with whatever caused it: a notice on the page for everyone, and outgoing messages by
    the ways that their unit and they themselves chose. ``unit``: whose chat group hears it too (once).
    ``title`` and ``text`` may be lazy or functions; each is said in the recipient's language. They must not
    hold personal data of parties: they leave the house. ``key`` names the occasion: the same person and the
    same group hear of it once, however often this is called. ``url``: path of the page. Raises ValueError for
    an unknown level, an empty key, or a url that leads to another host.
    """
    if level not in RANK:
        raise ValueError(f"level {level!r} is none of {', '.join(RANK)}")
    if not key or len(key) > 160:
        raise ValueError("a notice needs a key of 1 to 160 characters")
    if url and not (url.startswith("/") and url_has_allowed_host_and_scheme(url, None)):
        raise ValueError(f"a notice leads to a page of this system, not to {url!r}")
    message = _Message(kind, title, text, url, level, key)
    told = {person.pk: person for person in people if person.is_active}
    words = {language: message.words(language) for language in {p.language for p in told.values()}}
    new = _write(told.values(), message, words, unit)
    routes = _routes({p.unit_id for p in told.values()} | ({unit.pk} if unit else set()), message)
    drafts = _personal(told, message, words, routes) + (_group(unit, message, routes) if unit else [])
    outbox.enqueue_many(drafts)
    return new


def unread_count(person: User) -> int:
    """How many notices the person has not read; a look into a small index."""
    return Notice.objects.filter(recipient=person, read_at=None).count()


def mark_read(person: User, pks: Iterable[int] | None = None) -> int:
    """Note that the person has read some notices, or all of them."""
    rows = Notice.objects.filter(recipient=person, read_at=None)
    if pks is not None:
        rows = rows.filter(pk__in=list(pks))
    return rows.update(read_at=timezone.now())


# --- in the application -------------------------------------------------------------------------------
def _write(
    people: Iterable[User], message: _Message, words: dict[str, tuple[str, str]], unit: Unit | None
) -> int:
    rows = [
        Notice(
            recipient=person,
            unit=unit,
            kind=message.kind,
            level=message.level,
            title=words[person.language][0],
            text=words[person.language][1],
            url=message.url,
            key=message.key,
        )
        for person in people
    ]
    known = set(
        Notice.objects.filter(key=message.key, recipient__in=[row.recipient_id for row in rows]).values_list(
            "recipient", flat=True
        )
    )
    Notice.objects.bulk_create(rows, ignore_conflicts=True, batch_size=1000)
    new = [row.recipient for row in rows if row.recipient_id not in known]
    _tell_open_pages(new, message)
    return len(new)


def _tell_open_pages(people: list[User], message: _Message) -> None:
    """An event for each recipient alone, so that the bell of an open page counts on."""
    districts = _districts(people)
    Event.objects.bulk_create(
        Event(
            topic="notice",
            district_id=districts[person.unit_id],
            subject=f"user:{person.pk}",
            data={"kind": message.kind, "level": message.level},
        )
        for person in people
    )


def _districts(people: Iterable[User]) -> dict[int, int]:
    """The district of each unit that one of the people belongs to."""
    people = list(people)
    if all("unit" in person._state.fields_cache for person in people):
        return {person.unit_id: person.unit.district_id for person in people}
    units = {person.unit_id for person in people}
    return dict(Unit.objects.filter(pk__in=units).values_list("pk", "district_id")) if units else {}


# --- by other ways ------------------------------------------------------------------------------------
def _routes(unit_ids: set[int], message: _Message) -> dict[tuple[int, str], list[NoticeRoute]]:
    """Routes of the units that take this message, by unit and way.

    A unit that has set up nothing for a way follows the one above it; a chat group is a unit's own.
    """
    if not unit_ids:
        return {}
    own: dict[tuple[int, str], list[NoticeRoute]] = {}
    for route in NoticeRoute.objects.filter(active=True):
        own.setdefault((route.unit_id, route.way), []).append(route)
    if not own:
        return {}
    parents: dict[int, int | None] = dict(Unit.objects.values_list("pk", "parent_id"))
    found: dict[tuple[int, str], list[NoticeRoute]] = {}
    for unit_id in unit_ids:
        for way in Way.values:
            at: int | None = unit_id
            while at is not None and (at, way) not in own and way != Way.ROBOT:
                at = parents.get(at)
            routes = own.get((at, way), []) if at is not None else []
            found[unit_id, way] = [route for route in routes if _takes(route, message)]
    return found


def _takes(route: NoticeRoute, message: _Message) -> bool:
    return RANK[message.level] >= RANK[route.least] and (not route.kinds or message.kind in route.kinds)


def _personal(
    people: dict[int, User],
    message: _Message,
    words: dict[str, tuple[str, str]],
    routes: dict[tuple[int, str], list[NoticeRoute]],
) -> list[outbox.Draft]:
    usable = [way for way in (Way.MAIL, Way.WECOM) if ways.ready(way)]
    if not usable:
        return []
    wishes = NoticePreference.objects.in_bulk(people.keys())
    districts = _districts(people.values())
    drafts = []
    for person in people.values():
        wish = wishes.get(person.pk) or NoticePreference(user=person)
        title, text = words[person.language]
        for way in usable:
            if not _wants(getattr(wish, way), bool(routes.get((person.unit_id, way)))):
                continue
            target = person.email if way == Way.MAIL else wish.wecom_account or person.username
            if not target:
                continue
            drafts.append(
                outbox.Draft(
                    channel=ways.CHANNELS[way],
                    target=target,
                    payload={
                        "subject": title,
                        "title": title,
                        "text": ways.body(text, message.url),
                        **_link(message),
                    },
                    key=f"notice:{message.key}:{person.pk}:{way}",
                    title=title,
                    district_id=districts.get(person.unit_id),
                    not_before=quiet_until(wish, message.level, timezone.localtime()),
                )
            )
    return drafts


def _group(
    unit: Unit, message: _Message, routes: dict[tuple[int, str], list[NoticeRoute]]
) -> list[outbox.Draft]:
    """A chat group speaks the house's language."""
    title, text = message.words(settings.LANGUAGE_CODE)
    return [
        outbox.Draft(
            channel=ways.CHANNELS[Way.ROBOT],
            target=str(route.pk),
            payload={"level": message.level, "title": title, "text": text, **_link(message)},
            key=f"notice:{message.key}:robot:{route.pk}",
            title=f"{title} · {route.name or unit.label}",
            district_id=unit.district_id,
        )
        for route in routes.get((unit.pk, Way.ROBOT), [])
    ]


def _link(message: _Message) -> dict[str, str]:
    return {"url": settings.PUBLIC_URL + message.url if message.url and settings.PUBLIC_URL else ""}


def _wants(wish: str, unit_has_it: bool) -> bool:
    return wish == Wish.ALWAYS or (wish == Wish.UNIT and unit_has_it)


def quiet_until(wish: NoticePreference, level: str, now: datetime) -> datetime | None:
    """When the person's quiet hours end, if they are now; alarms know none. ``now`` in local time."""
    start, end = wish.quiet_from, wish.quiet_to
    if start is None or end is None or start == end or level == Level.ALARM:
        return None
    time = now.timetz().replace(tzinfo=None)
    overnight = start > end
    inside = (time >= start or time < end) if overnight else start <= time < end
    if not inside:
        return None
    day = now.date() + timedelta(days=1) if overnight and time >= start else now.date()
    return datetime.combine(day, end, tzinfo=now.tzinfo)


def _say(text: Text) -> str:
    return str(text()) if callable(text) else str(text)
