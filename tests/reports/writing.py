"""People, cases and a draft of 2020 for the tests of documents."""

from __future__ import annotations

from dataclasses import dataclass

from django.test import Client

from chengshu.bureau.models import District, User
from chengshu.cases.models import Case
from chengshu.demo.cases import load_cases
from chengshu.kernel.indicators.periods import Period
from chengshu.reports.documents import freezing, writing
from chengshu.reports.documents.standing import standing
from chengshu.reports.models import Document, DocumentPart
from tests import factories

YEAR = Period.year(2020)


@dataclass
class Office:
    """A district with some cases, a writer, another one, and a leader."""

    district: District
    writer: User
    colleague: User
    leader: User

    def draft(self) -> Document:
        """The annual summary of 2020."""
        return writing.begin(self.district, "annual", YEAR, by=self.writer)

    def freeze(self, document: Document) -> Document:
        """As the leader does who looks at the page."""
        return freezing.freeze(document, by=self.leader, seen=standing(document).seen)


def office() -> Office:
    """Made anew, with cases of 2020."""
    district = factories.make_district()
    load_cases(district, scale=0.01)
    writer, colleague = factories.make_user("analyst"), factories.make_user("analyst")
    return Office(district, writer, colleague, factories.make_user("bureau_leader"))


def part_with(document: Document, words: str) -> DocumentPart:
    """The first part whose wording has the words."""
    return next(part for part in document.parts.order_by("position") if words in str(part.content))


def one_yuan_more() -> Case:
    """A fine of 2020 rises by one yuan, as a correction of the record would have it."""
    case = Case.objects.filter(decided_on__year=2020, exempt_amount=None, fine__gt=0).order_by("pk")[0]
    Case.objects.filter(pk=case.pk).update(fine=case.fine + 1)  # type: ignore[operator]
    return case


def signed_in(user: User) -> Client:
    """The person's browser."""
    client = Client()
    client.force_login(user)
    return client
