"""标签与密钥: key sets, mounting and taking down, and the keys shown once to whoever writes a tag."""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from chengshu.bureau.models import District, User
from chengshu.kernel import ledger
from chengshu.kernel.secrets import seal
from chengshu.patrol.models import BeatPoint, Tag, TagKeySet
from chengshu.patrol.refusing import PatrolProblem, require
from chengshu.patrol.tags.sdm import BLOCK, MAC_BYTES, UID_BYTES

from .proving import file_key_of, meta_key_of

PERMISSION = "patrol.configure"
KEY = re.compile(rf"[0-9A-Fa-f]{{{2 * BLOCK}}}")
UID = re.compile(rf"[0-9A-F]{{{2 * UID_BYTES}}}")
CODE = re.compile(r"[A-Z0-9][A-Z0-9-]{3,23}")
ALPHABET = "23456789ABCDEFGHJKMNPQRSTVWXYZ"  # nothing that is mistaken for something else on a worn label
CODE_LENGTH = 10
NDEF_HEAD = 7  # bytes of the NDEF file before the URL: length, record head, "https://" as one byte
HTTPS = "https://"


# --- key sets ------------------------------------------------------------------------------------------
def generate_keys(district: District, *, by: User, name: str, diversified: bool = True) -> TagKeySet:
    """A key set with keys made here."""
    return enter_keys(
        district, by=by, name=name, diversified=diversified,
        meta_key=secrets.token_hex(BLOCK), file_key=secrets.token_hex(BLOCK), made_here=True,
    )  # fmt: skip


@transaction.atomic
def enter_keys(
    district: District,
    *,
    by: User | None,
    name: str,
    meta_key: str,
    file_key: str,
    diversified: bool = True,
    made_here: bool = False,
) -> TagKeySet:
    """A key set with keys that a maker of tags supplied, as 32 hex digits each."""
    require(by, PERMISSION, district_id=district.pk)
    name = name.strip()[:40]
    if not name:
        raise PatrolProblem(_("Give the key set a name."), "name")
    if TagKeySet.objects.filter(district=district, name=name).exists():
        raise PatrolProblem(_("Another key set has this name."), "name")
    meta_key, file_key = "".join(meta_key.split()), "".join(file_key.split())
    for field, key in (("meta_key", meta_key), ("file_key", file_key)):
        if not KEY.fullmatch(key):
            raise PatrolProblem(_("A key consists of 32 hex digits."), field)
    made = TagKeySet.objects.create(
        district=district, name=name, diversified=diversified,
        meta_key_sealed=seal(meta_key.lower()), file_key_sealed=seal(file_key.lower()),
    )  # fmt: skip
    payload = {"name": name, "diversified": diversified, "made_here": made_here}
    _keys_record(made, "keys.added", by, **payload)
    return made


@transaction.atomic
def retire_keys(keys: TagKeySet, *, by: User) -> None:
    """No tag gets this set any more. Refused while tags in use have it: write those anew first."""
    require(by, PERMISSION, district_id=keys.district_id)
    held = TagKeySet.objects.select_for_update().get(pk=keys.pk)
    if held.retired_at is not None:
        raise PatrolProblem(_("The key set is retired already."))
    used = held.tags.filter(state=Tag.State.ACTIVE).count()
    if used:
        raise PatrolProblem(
            _("%(count)s tags in use have these keys. Write them with another set first.") % {"count": used}
        )
    held.retired_at = timezone.now()
    held.save(update_fields=["retired_at"])
    _keys_record(held, "keys.retired", by)


# --- tags ----------------------------------------------------------------------------------------------
@transaction.atomic
def mount(
    point: BeatPoint,
    *,
    by: User | None,
    kind: str,
    code: str = "",
    uid: str = "",
    keys: TagKeySet | None = None,
) -> Tag:
    """A tag at a point. Without ``code`` one is made that cannot be guessed."""
    district = point.beat.district
    require(by, PERMISSION, district_id=district.pk)
    uid, code = re.sub(r"[\s:-]", "", uid).upper(), code.strip().upper()
    if kind not in Tag.Kind.values:
        raise PatrolProblem(_("There is no such kind of tag."), "kind")
    if kind == Tag.Kind.DYNAMIC and keys is None:
        raise PatrolProblem(_("A tag that proves itself needs keys."), "keys")
    if keys is not None and (keys.district_id != district.pk or keys.retired_at is not None):
        raise PatrolProblem(_("The key set is not in use."), "keys")
    _require_uid(kind, uid)
    code = code or "".join(secrets.choice(ALPHABET) for _n in range(CODE_LENGTH))
    if not CODE.fullmatch(code):
        raise PatrolProblem(_("A code has 4 to 24 capital letters, digits and hyphens."), "code")
    if Tag.objects.filter(code=code).exists():
        raise PatrolProblem(_("Another tag has this code."), "code")
    made = Tag.objects.create(
        district=district, point=point, code=code, kind=kind, uid="" if kind == Tag.Kind.QR else uid,
        keys=keys if kind == Tag.Kind.DYNAMIC else None, mounted_by=by,
    )  # fmt: skip
    _record(made, "tag.mounted", by, point=point.pk, kind=kind, uid=made.uid, keys=keys.name if keys else "")
    return made


def _require_uid(kind: str, uid: str) -> None:
    if kind == Tag.Kind.QR:
        return
    if (uid or kind == Tag.Kind.DYNAMIC) and not UID.fullmatch(uid):
        raise PatrolProblem(_("The UID consists of 14 hex digits; any phone with NFC shows it."), "uid")
    if uid and Tag.objects.filter(uid=uid, state=Tag.State.ACTIVE).exists():
        raise PatrolProblem(_("A tag in use has this UID. Take it down first."), "uid")


@transaction.atomic
def take_out(tag: Tag, *, by: User, state: str, reason: str) -> None:
    """Lost, damaged or taken down: its reads no longer count. There is no way back; mount it anew."""
    require(by, PERMISSION, district_id=tag.district_id)
    held = Tag.objects.select_for_update(of=("self",)).get(pk=tag.pk)
    if held.state != Tag.State.ACTIVE or state not in (Tag.State.LOST, Tag.State.RETIRED):
        raise PatrolProblem(_("The tag is not in use."))
    if not reason.strip():
        raise PatrolProblem(_("Give a reason."), "reason")
    held.state = state
    held.save(update_fields=["state"])
    _record(held, f"tag.{state}", by, reason=reason.strip()[:200])


def rewrite(tag: Tag, *, by: User, keys: TagKeySet, reason: str) -> Tag:
    """The same chip with other keys: taken down and mounted again at its point, its counter from zero."""
    with transaction.atomic():
        take_out(tag, by=by, state=Tag.State.RETIRED, reason=reason)
        return mount(tag.point, by=by, kind=Tag.Kind.DYNAMIC, uid=tag.uid, keys=keys)


# --- writing -------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Writing:
    """What is written into a tag; offsets in bytes of its NDEF file.

    ``mac_offset`` is ``SDMMACOffset`` and ``SDMMACInputOffset`` both: the MAC covers an empty text.
    """

    url: str
    picc_data_offset: int | None = None
    mac_offset: int | None = None
    meta_key: str = ""
    file_key: str = ""


def address_of(tag: Tag, site: str = "") -> str:
    """The URL of a tag; ``site`` is where this system is reached, by default the public address."""
    return f"{(site or settings.PUBLIC_URL).rstrip('/')}/t/{tag.code}"


@transaction.atomic
def writing_of(tag: Tag, *, by: User, reason: str, site: str = "") -> Writing:
    """URL template and keys of a tag, once, for whoever writes it; the reason goes into the ledger."""
    require(by, PERMISSION, district_id=tag.district_id)
    held = Tag.objects.select_for_update(of=("self",)).select_related("keys").get(pk=tag.pk)
    url = address_of(held, site)
    if held.kind != Tag.Kind.DYNAMIC or held.keys is None:
        return Writing(url)
    if held.state != Tag.State.ACTIVE:
        raise PatrolProblem(_("The tag is not in use."))
    if held.keys_shown_at is not None:
        raise PatrolProblem(_("The keys of this tag have been shown. Take it down and mount it anew."))
    if not reason.strip():
        raise PatrolProblem(_("Give a reason."), "reason")
    held.keys_shown_at = timezone.now()
    held.save(update_fields=["keys_shown_at"])
    _record(held, "tag.keys_shown", by, reason=reason.strip()[:200], keys=held.keys.name)
    template = f"{url}?picc_data={'0' * 2 * BLOCK}&cmac={'0' * 2 * MAC_BYTES}"
    start = NDEF_HEAD - len(HTTPS)
    return Writing(
        template,
        picc_data_offset=start + template.index("picc_data=") + len("picc_data="),
        mac_offset=start + template.index("cmac=") + len("cmac="),
        meta_key=meta_key_of(held.keys).hex().upper(),
        file_key=file_key_of(held.keys, bytes.fromhex(held.uid)).hex().upper(),
    )


def _record(tag: Tag, action: str, by: User | None, **payload: object) -> None:
    actor = by.username if by else "system"
    ledger.append(f"patrol.tag:{tag.pk}", action, {"code": tag.code, **payload}, actor=actor)


def _keys_record(keys: TagKeySet, action: str, by: User | None, **payload: object) -> None:
    ledger.append(f"patrol.keys:{keys.pk}", action, payload, actor=by.username if by else "system")
