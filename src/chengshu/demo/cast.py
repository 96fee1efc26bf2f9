"""The people of a replay: squads with officers, dispatchers, those who verify; and the photos they take."""

from __future__ import annotations

import random
from collections.abc import Iterable
from datetime import datetime
from functools import cached_property
from io import BytesIO

from django.utils import timezone
from PIL import Image, ImageDraw

from chengshu.bureau.models import District, RoleAssignment, Unit, User
from chengshu.bureau.services.people import name_key
from chengshu.demo import plans
from chengshu.demo.objects import recipe
from chengshu.demo.squads import crews
from chengshu.kernel import files
from chengshu.kernel.models import StoredFile
from chengshu.leads.lifecycle import Outcome
from chengshu.leads.models import Lead, LeadAttachment
from chengshu.leads.services.dispatching import squads_near
from chengshu.leads.settings import sources

PHOTOS = 2


class Cast:
    """Who takes part. Missing officers and dispatchers are made, without a password to sign in with."""

    def __init__(self, district: District, *, dispatchers: int = 2) -> None:
        self.district = district
        self.crews = crews(district)
        desks = range(1, max(1, dispatchers) + 1)  # one at least, for what is routine
        for number in desks:
            _dispatcher(district, number)
        people = list(User.objects.with_roles().filter(unit__district=district, is_active=True))
        self.users: dict[int, User] = {user.pk: user for user in people}
        by_name = {user.username: user for user in people}
        self._officers = {
            crew.squad.pk: [by_name[officer.id] for officer in crew.officers] for crew in self.crews
        }
        self._leaders = {crew.squad.pk: by_name[crew.leader] for crew in self.crews}
        self.towns = {town.pk: town for town in district.towns.defer("boundary")}
        self._squads = {crew.squad.pk: crew.squad for crew in self.crews}
        self.dispatchers: list[User] = [by_name[_username(district, number)] for number in desks]

    def officer(self, lead: Lead, hand: int) -> User | None:
        """Who works on it: the one it was given to, else one of the squad; None where the squad has none."""
        if lead.officer_id is not None:
            known: User | None = self.users.get(lead.officer_id)
            return known or User.objects.with_roles().filter(pk=lead.officer_id).first()
        officers = self._officers.get(lead.squad_id or 0, [])
        return officers[hand % len(officers)] if officers else None

    def officers_of(self, squad_id: int) -> list[User]:
        """The officers of a squad."""
        return self._officers.get(squad_id, [])

    def leader(self, lead: Lead) -> User | None:
        """The leader of its squad."""
        return self._leaders.get(lead.squad_id or 0)

    def dispatcher(self, hand: int) -> User:
        """One of the dispatchers."""
        return self.dispatchers[hand % len(self.dispatchers)]

    def squad(self, lead: Lead, hand: int) -> Unit:
        """The squad of the place, else the nearest, else any."""
        near: Iterable[int] = squads_near(lead.district, lead.position) if lead.position else ()
        for squad_id in (lead.squad_id, *near):
            if squad_id is not None and squad_id in self._squads:
                return self._squads[squad_id]
        return self.crews[hand % len(self.crews)].squad

    @cached_property
    def photos(self) -> list[StoredFile]:
        """Invented pictures, kept once."""
        return [files.store(_picture(number), name=f"{number}.jpg", kind="photo") for number in range(PHOTOS)]

    def photograph(self, lead: Lead, moment: str, by: User | None, at: datetime) -> list[LeadAttachment]:
        """The photos that the class asks for at this moment (not saved); none where none are asked for."""
        kind = lead.lead_class
        wanted = kind.photos_filing if moment == LeadAttachment.Moment.FILING else kind.photos_closing
        return [
            LeadAttachment(
                lead=lead, file=photo, name="现场照片.jpg", moment=moment, taken_at=at,
                position=lead.position, added_by=by,
            )
            for photo in self.photos[:wanted]
        ]  # fmt: skip

    def photos_at_filing(self, lead: Lead, at: datetime) -> list[LeadAttachment]:
        """A source that is not trusted brings its own photos."""
        if sources()[lead.source].trusted:
            return []
        return self.photograph(lead, LeadAttachment.Moment.FILING, None, at)

    def photos_at_closing(
        self, lead: Lead, outcome: str, by: User | None, at: datetime
    ) -> list[LeadAttachment]:
        """What was put right is shown."""
        if outcome not in (Outcome.ADVISED, Outcome.ORDERED):
            return []
        return self.photograph(lead, LeadAttachment.Moment.CLOSING, by, at)


def _username(district: District, number: int) -> str:
    return f"{plans.account(district.code, 'desk')}-{number}"


def _dispatcher(district: District, number: int) -> User:
    known: User | None = User.objects.filter(username=_username(district, number)).first()
    if known is not None:
        return known
    words = recipe(district.code)
    rng = random.Random(f"{district.code}:desk:{number}")  # noqa: S311 - invented names
    name = rng.choice(words["surnames"]) + "".join(rng.sample(words["given"], 2))
    bureau = Unit.objects.filter(district=district, kind=Unit.Kind.BUREAU).order_by("code")[0]
    person: User = User.objects.create_user(
        _username(district, number), None, full_name=name, name_key=name_key(name), unit=bureau
    )
    RoleAssignment.objects.create(user=person, role="dispatcher", unit=bureau, granted_at=timezone.now())
    return person


def _picture(number: int) -> BytesIO:
    """A street that does not exist."""
    image = Image.new("RGB", (640, 480), (148, 176, 200))
    draw = ImageDraw.Draw(image)
    draw.rectangle((0, 300, 640, 480), fill=(96, 98, 102))
    for column in range(5):
        left = column * 130 + 10 * number
        draw.rectangle((left, 90 + 23 * ((column + number) % 3), left + 110, 300), fill=(196, 184, 160))
        draw.rectangle((left + 20, 230, left + 90, 300), fill=(90, 110 + 20 * number, 130))
    stream = BytesIO()
    image.save(stream, "JPEG", quality=70)
    stream.seek(0)
    return stream
