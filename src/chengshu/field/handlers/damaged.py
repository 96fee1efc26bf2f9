"""What a phone could not send as it was: its words under its number, so that nothing waits behind it."""

from __future__ import annotations

from typing import Annotated

from django.utils.translation import gettext as _
from pydantic import Field

from chengshu.field import kinds
from chengshu.field.handlers.cases import ask_for
from chengshu.field.handling import Data, read
from chengshu.field.kinds import Done, Outcome, Sent

CASE = "case.simple"


class Damaged(Data):
    """``kind``: of the record that was damaged; its words are kept with this one, whatever they are."""

    kind: Annotated[str, Field(max_length=24)] = ""
    number: Annotated[str, Field(max_length=80)] = ""


def by_hand(sent: Sent, reason: str) -> None:
    """A decision may be in it: the squad's leaders are asked to enter it."""
    if sent.data.get("kind") == CASE:
        ask_for(sent, str(sent.data.get("number") or "")[:80], reason)


@kinds.register("damaged", "field.use", whatever_rights=True, when_refused=by_hand)
def damaged(sent: Sent) -> Done:
    """Never applied: nobody can say any more what was signed."""
    read(Damaged, sent)
    return Done(Outcome.REFUSED, (_("The record was damaged on the phone. Its words are kept with it."),))
