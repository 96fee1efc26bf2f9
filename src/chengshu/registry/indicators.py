"""The two numbers the bureau publishes after a re-verification round. Each opens: a count and its records."""

from __future__ import annotations

from django.db.models import QuerySet

from chengshu.registry.models import RoundItem, VerificationRound

Outcome = RoundItem.Outcome
CHECKED_OUTCOMES = (Outcome.UNCHANGED, Outcome.CORRECTED, Outcome.CLOSED, Outcome.NOT_FOUND)


def objects_checked(of_round: VerificationRound) -> QuerySet[RoundItem]:
    """核查数: objects of the frozen list with any outcome, whatever was found.

    Each object counts once per round however often its result was corrected; newly found objects do not
    count, nor does an object nobody has looked at. Unit: objects.
    """
    return RoundItem.objects.filter(round=of_round, outcome__in=CHECKED_OUTCOMES)


def objects_added(of_round: VerificationRound) -> QuerySet[RoundItem]:
    """新增数: objects found in the round that were not in the registry, entered with photo and position.

    Unit: objects.
    """
    return RoundItem.objects.filter(round=of_round, outcome=Outcome.ADDED)


def objects_open(of_round: VerificationRound) -> QuerySet[RoundItem]:
    """未核查数: objects of the frozen list without an outcome. Unit: objects."""
    return RoundItem.objects.filter(round=of_round, outcome="")
