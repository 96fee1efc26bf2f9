"""Setting up what is sent by the calendar, sending it once for each time it is due, and stopping it."""

from __future__ import annotations

import io
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from chengshu.bureau.models import Level, Town, Unit, User
from chengshu.bureau.notices import notify, register_kind
from chengshu.bureau.scope import require
from chengshu.bureau.services.base import Refused
from chengshu.cases.documents.problems import DocumentProblem
from chengshu.kernel import files, ledger
from chengshu.kernel.indicators.declarations import UnknownIndicator, declared
from chengshu.kernel.indicators.periods import Period
from chengshu.kernel.models import StoredFile
from chengshu.reports.boards import TILE, BoardProblem, Item, items_of, shipped
from chengshu.reports.files import as_pdf, as_xlsx, tables_of
from chengshu.reports.models import Board, Delivery, DeliveryRun
from chengshu.reports.people import may_see
from chengshu.reports.periods import next_due, period_before
from chengshu.reports.places import Where, squads_of
from chengshu.reports.showing import Shown, show
from chengshu.ui import formats

logger = logging.getLogger(__name__)
DELIVER = "reports.deliver"
KIND = "reports.delivery"
NAME_MOST, LINES_MOST, RECIPIENTS_MOST = 80, 12, 100


@dataclass(frozen=True)
class Wanted:
    """A delivery as somebody sets it up: one of board, shipped and figures."""

    name: str
    span: str
    form: str
    recipients: Sequence[User]
    board: Board | None = None
    shipped: str = ""
    figures: Sequence[str] = ()
    squad: Unit | None = None
    town: Town | None = None
    weekday: int = 1
    day: int = 1
    hour: int = 8


def register() -> None:
    """Make the kinds of notices known."""
    register_kind(KIND, gettext_lazy("Scheduled delivery of figures"))


@transaction.atomic
def set_up(district_id: int, wanted: Wanted, *, by: User) -> Delivery:
    """Set up a delivery, first due at its next time. Raises `Refused`, PermissionDenied."""
    squad = wanted.squad.pk if wanted.squad else None
    require(by, DELIVER, district_id=district_id, squad_id=squad)
    _check(district_id, wanted, by)
    due = next_due(wanted.span, wanted.weekday, wanted.day, wanted.hour, timezone.now())
    made = Delivery.objects.create(
        district_id=district_id, name=wanted.name.strip()[:NAME_MOST], board=wanted.board,
        shipped=wanted.shipped, figures=list(wanted.figures), span=wanted.span, form=wanted.form,
        squad=wanted.squad, town=wanted.town, weekday=wanted.weekday, day=wanted.day, hour=wanted.hour,
        created_by=by, next_at=due,
    )  # fmt: skip
    made.recipients.set(wanted.recipients)
    told = sorted(one.pk for one in wanted.recipients)
    payload = {"name": made.name, "span": made.span, "form": made.form, "recipients": told}
    ledger.append(made.chain, "set_up", payload, actor=by.username)
    return made


@transaction.atomic
def stop(pk: int, *, by: User) -> Delivery:
    """Send it no more. Raises `Refused`, PermissionDenied."""
    delivery: Delivery = Delivery.objects.select_for_update().get(pk=pk)
    require(by, DELIVER, district_id=delivery.district_id, squad_id=delivery.squad_id)
    if delivery.stopped_at is not None:
        raise Refused(_("This delivery has been stopped already."))
    delivery.stopped_at = timezone.now()
    delivery.save(update_fields=["stopped_at"])
    ledger.append(delivery.chain, "stopped", {}, actor=by.username)
    return delivery


def send_due(now: datetime) -> int:
    """Send everything that is due; how many. Two workers at once send each time once."""
    waiting = Delivery.objects.filter(stopped_at=None, next_at__lte=now).values_list("pk", flat=True)
    return sum(_send(pk, now) for pk in waiting.order_by("next_at"))


@transaction.atomic
def _send(pk: int, now: datetime) -> bool:
    """Send one if it is still due and nobody else has it in hand; the run says how it went."""
    rows = Delivery.objects.select_for_update(of=("self",), skip_locked=True).filter(
        pk=pk, stopped_at=None, next_at__lte=now
    )
    delivery = rows.select_related("squad", "town", "board", "district", "created_by").first()
    if delivery is None:
        return False
    due = delivery.next_at
    period = period_before(delivery.span, due)
    run = DeliveryRun(delivery=delivery, due_at=due, period=period.code, state=DeliveryRun.State.SENT)
    try:
        with transaction.atomic():
            _deliver(delivery, run, period)
    except (BoardProblem, DocumentProblem, Refused) as problem:
        run.state, run.message, run.told, run.file = DeliveryRun.State.FAILED, str(problem)[:500], 0, None
    except Exception:
        logger.exception("delivery %s failed", pk)
        run.state, run.told, run.file = DeliveryRun.State.FAILED, 0, None
        run.message = _("Something went wrong inside. The administrator finds the details in the log.")
    run.pk = None
    run.save()
    # from the time it was due: what an outage left behind is sent too, one after the other
    delivery.next_at = next_due(delivery.span, delivery.weekday, delivery.day, delivery.hour, due)
    delivery.save(update_fields=["next_at"])
    if run.state == DeliveryRun.State.FAILED:
        _tell_failure(delivery, run, period)
    return True


def _tell_failure(delivery: Delivery, run: DeliveryRun, period: Period) -> None:
    """Who set it up hears of it, so that nobody waits for a file that never comes."""
    moment = timezone.localtime(run.due_at)
    notify(
        [delivery.created_by],
        KIND,
        lambda: _("Not sent: %(name)s, %(period)s") % {"name": delivery.name, "period": period},
        key=f"{KIND}:{delivery.pk}:{moment:%Y-%m-%dT%H}:failed",
        url=reverse("reports:delivery", args=[delivery.pk]),
        level=Level.ALARM,
        text=lambda: run.message,
    )


def _deliver(delivery: Delivery, run: DeliveryRun, period: Period) -> None:
    people = list(delivery.recipients.filter(is_active=True).select_related("unit"))
    allowed = [one for one in people if _may(one, delivery)]
    if not allowed:
        raise Refused(_("None of the recipients may see the figures of this place."))
    where = _where(delivery)
    with translation.override(settings.LANGUAGE_CODE):
        shown, _left = show(_items(delivery), period, where, period.last)
        run.file = _file(delivery, shown, period, where)
    run.told = len(allowed)
    if len(allowed) < len(people):
        left = "、".join(one.full_name for one in people if one not in allowed)
        run.message = (_("Not sent to whoever may not see the place: %(people)s.") % {"people": left})[:500]
    moment = timezone.localtime(run.due_at)
    notify(
        allowed,
        KIND,
        lambda: f"{delivery.name} · {period}",
        key=f"{KIND}:{delivery.pk}:{moment:%Y-%m-%dT%H}",
        url=_page(delivery, run, period, allowed),
        text=lambda: _lines(shown) if delivery.form == Delivery.Form.NOTICE else _("The file is ready."),
    )


def _may(person: User, delivery: Delivery) -> bool:
    return may_see(person, district_id=delivery.district_id, squad_id=delivery.squad_id)


def _where(delivery: Delivery) -> Where:
    """The place as a whole: everybody of it takes part in rankings."""
    squads = tuple(squads_of(delivery.district_id))
    towns = tuple(Town.objects.filter(district=delivery.district_id).defer("boundary").order_by("code"))
    return Where(delivery.district_id, delivery.squad, squads, delivery.squad is None, delivery.town, towns)


def _items(delivery: Delivery) -> tuple[Item, ...]:
    if delivery.board is not None:
        return items_of(delivery.board.items)
    if delivery.shipped:
        board = shipped().get(delivery.shipped)
        if board is None:
            raise BoardProblem(_("This dashboard no longer exists."))
        return board.items
    return items_of([{"kind": TILE, "figure": id_} for id_ in delivery.figures])


def _file(delivery: Delivery, shown: Sequence[Shown], period: Period, where: Where) -> StoredFile | None:
    if delivery.form == Delivery.Form.NOTICE:
        return None
    place = where.label or _("Whole district")
    made = as_xlsx if delivery.form == Delivery.Form.XLSX else as_pdf
    content = made(tables_of(shown), delivery.name, period, place)
    name = f"{delivery.name} {period.code}.{delivery.form}"
    return files.store(io.BytesIO(content), name=name)


def _lines(shown: Sequence[Shown]) -> str:
    """The numbers in words, one a line."""
    tiles = [one for one in shown if one.both is not None and one.one is not None]
    lines = []
    for one in tiles[:LINES_MOST]:
        assert one.both is not None and one.one is not None  # noqa: S101
        number = formats.number(one.both.now.rounded, one.one.decimals)
        change = "" if one.both.change is None else f" ({one.both.change:+.1f}%)"
        lines.append(f"{one.one.name} {number} {one.unit}{change}".strip())
    return "\n".join(lines) or _("Nothing to show")


def _page(delivery: Delivery, run: DeliveryRun, period: Period, people: Sequence[User]) -> str:
    """Where a notice leads: the file, or the numbers on a page that everybody told may open."""
    if run.file is not None:
        return reverse("reports:delivery_file", args=[delivery.pk, run.period])
    place = {"squad": delivery.squad_id, "town": delivery.town_id}
    query = "&".join(f"{name}={pk}" for name, pk in place.items() if pk)
    page = reverse("reports:figures")
    own = delivery.board
    if own and all(Board.objects.visible_to(one).filter(pk=own.pk).exists() for one in people):
        page = reverse("reports:own_board", args=[own.pk])
    elif delivery.shipped:
        page = reverse("reports:board", args=[delivery.shipped])
    return f"{page}?period={period.code}" + (f"&{query}" if query else "")


def _check(district_id: int, wanted: Wanted, by: User) -> None:
    if not wanted.name.strip():
        raise Refused(_("Give the delivery a name."), "name")
    for place in (wanted.squad, wanted.town):
        if place is not None and place.district_id != district_id:
            raise Refused(_("Choose a place of the district."))
    if not (wanted.board or wanted.shipped or wanted.figures):
        raise Refused(_("Choose a dashboard or figures."), "what")
    if wanted.board and not Board.objects.visible_to(by).filter(pk=wanted.board.pk).exists():
        raise Refused(_("This dashboard no longer exists."), "what")
    if wanted.shipped and wanted.shipped not in shipped():
        raise Refused(_("This dashboard no longer exists."), "what")
    try:
        for id_ in wanted.figures:
            declared(id_)
    except UnknownIndicator:
        raise Refused(_("Choose a figure."), "figures") from None
    if not 1 <= len(wanted.recipients) <= RECIPIENTS_MOST:
        raise Refused(_("Choose 1 to %(most)d recipients.") % {"most": RECIPIENTS_MOST}, "recipients")
    squad = wanted.squad.pk if wanted.squad else None
    for one in wanted.recipients:
        if not may_see(one, district_id=district_id, squad_id=squad):
            said = {"person": one.full_name}
            raise Refused(_("%(person)s may not see the figures of this place.") % said, "recipients")
