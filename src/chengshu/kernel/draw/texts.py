"""The sentences of the verifier in the visitor's browser, in the language of the request."""

from __future__ import annotations

from django.utils.translation import gettext as _

from .verification import SENTENCES


def verifier_texts() -> dict[str, str]:
    """What ``verify.js`` says, by the names it uses; the page has it as JSON in ``draw-verifier-texts``.

    The places ``%(name)s`` are filled in the browser.
    """
    return {
        **{f"check.{code}": str(sentence) for code, sentence in SENTENCES.items()},
        **_failures(),
        "remark.compare": _("Compare the hash of the commitment with the one published before the draw."),
        "remark.unfilled": _("%(label)s: %(found)d drawn of %(quota)d, no more could be."),
        "remark.noTeam": _("%(label)s: no team could be formed for %(n)d objects."),
        "hash.commitment": _("Hash of the commitment"),
        "hash.opening": _("Hash of the opening"),
        "hash.final": _("Hash of the final list"),
        "hash.proof": _("Hash of the proof"),
        "insecure": _("This browser can verify only over a secure connection (https)."),
        "intro": _("Your browser draws again and compares. Nothing is sent anywhere."),
        "start": _("Verify in this browser"),
        "choose": _("Or choose a proof file you have saved:"),
        "loading": _("Fetching the proof…"),
        "checking": _("Verifying…"),
        "unreadable": _("The proof cannot be fetched: %(error)s."),
        "holds": _("Verified: the %(n)d drawn objects follow from what was fixed before the draw."),
        "fails": _("Not verified: this proof does not hold. The reason stands at the failed check."),
        "own": _("Is my object in the list?"),
        "identity": _("Identity"),
        "salt": _("Salt"),
        "find": _("Look up"),
        "own.missing": _("Not in the list, or identity and salt do not belong together."),
        "own.ineligible": _("In the list, but not eligible for this draw."),
        "own.spared": _("In the list and eligible; not drawn."),
        "own.drawn": _("In the list, eligible and drawn."),
        "own.withdrawn": _("In the list, eligible and drawn; withdrawn afterwards."),
    }


def _failures() -> dict[str, str]:
    return {
        "fail.value": _("%(where)s is not of the form that the specification gives."),
        "fail.sorted": _("%(where)s: the list is not sorted by key, or the key stands twice."),
        "fail.notJson": _("This is not JSON in UTF-8."),
        "fail.twice": _("An object names a member twice."),
        "fail.fraction": _("The number %(number)s is not a whole one."),
        "fail.otherPart": _("The part %(name)s does not have the hash the file names."),
        "fail.otherHash": _("The hash of %(name)s is not the published one."),
        "fail.otherList": _("The list %(name)s is not the committed one."),
        "fail.otherSecret": _("The secret is not the committed one."),
        "fail.otherValues": _("The public values are not the committed ones."),
        "fail.beacon": _("%(where)s: the value of the beacon is not the hash of its signature."),
        "fail.dueEarly": _("%(where)s: the public value must become known after the commitment."),
        "fail.drawnEarly": _("Drawn at %(drawn)s, before a public value was due at %(due)s."),
        "fail.before": _("%(where)s lies before what it follows."),
        "fail.otherObject": _("Drawn object %(n)d is another one than recomputed."),
        "fail.otherCount": _("%(claimed)d objects stand in the proof, %(found)d are drawn."),
        "fail.notDrawn": _("%(where)s: the object is not drawn."),
        "fail.notInTeam": _("%(where)s: the officer is not in the team of the object."),
        "fail.broken": _("It cannot be recomputed: %(error)s."),
    }
