"""Records of simple cases as a phone sends them."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta
from io import BytesIO
from typing import Any

from PIL import Image, ImageDraw

from chengshu.bureau.models import Town, User
from chengshu.cases.models import NumberBlock
from chengshu.cases.services.blocks import lease
from chengshu.field.handlers import cases as handler
from chengshu.field.kinds import Done, FileNote, Sent
from chengshu.field.models import FieldDevice
from chengshu.kernel import files
from chengshu.kernel.models import StoredFile
from tests import factories
from tests.cases.conftest import Team
from tests.cases.pages import CAUSE, PERSON_ID

AT = datetime.fromisoformat("2022-03-10T09:30:00+08:00")
RECEIVED = datetime.fromisoformat("2022-03-10T11:00:00+08:00")
WORD = "沪普寿街当罚决字〔2022〕第{:06d}号"


def picture(shade: int, size: tuple[int, int] = (64, 48)) -> StoredFile:
    """A photo as it was kept on arrival."""
    buffer = BytesIO()
    Image.new("RGB", size, (shade, shade, 90)).save(buffer, "JPEG")
    return files.store(buffer, name=f"现场{shade}.jpg", kind="photo")


def signature(stroke: int) -> StoredFile:
    """A signature drawn on a pad: a line on a transparent ground."""
    pad = Image.new("RGBA", (300, 100), (0, 0, 0, 0))
    ImageDraw.Draw(pad).line((10, 90 - stroke, 290, 10 + stroke), fill=(0, 0, 0, 255), width=4)
    buffer = BytesIO()
    pad.save(buffer, "PNG")
    return files.store(buffer, name=f"签名{stroke}.png", kind="photo")


def block_of(team: Team, n: int = 3, to: User | None = None, **changes: Any) -> NumberBlock:
    """A block leased in the morning, for the town of the squad."""
    town = Town.objects.get(district=team.district, name="长寿路街道")
    officer = to or team.first
    wanted: dict[str, Any] = {"town": town, "at": AT - timedelta(hours=1), "device": "执法终端3", **changes}
    return lease(officer, n, by=officer, **wanted)


def served(team: Team, *, by: User | None = None, **changes: Any) -> Sent:
    """A decision served at half past nine; ``changes`` of its data, or of the record with ``sent_``."""
    photos = [picture(80), picture(120)]
    signed = {"officer1": signature(10), "officer2": signature(20), "party": signature(30)}
    data: dict[str, Any] = {
        "cause": CAUSE,
        "party": {"kind": "person", "name": "张小三", "id_type": "resident_id", "id_number": PERSON_ID},
        "act_on": "2022-03-10",
        "facts": "随地乱扔纸屑，未自行清理。",
        "fine": 100,
        "warning": False,
        "address": "长寿路1号",
        "statement": "当事人表示认可。",
        "told": True,
        "heard": True,
        "id_shown": True,
        "tier": "",
        "number": WORD.format(1),
        "receiver": "",
        "refused_to_sign": False,
        "witness": "",
        "cash": False,
        "officers": [team.first.pk, team.second.pk],
        "signatures": {who: one.sha256 for who, one in signed.items()},
        "photos": [one.sha256 for one in photos],
        "law_version": "1",
    }
    of_record = {key[5:]: changes.pop(key) for key in list(changes) if key.startswith("sent_")}
    held = {one.sha256: one for one in [*photos, *signed.values()]}
    user = by or team.first
    stated: dict[str, Any] = {
        "id": uuid.uuid4(),
        "at": AT,
        "received_at": RECEIVED,
        "files": held,
        "file_notes": {
            photos[0].sha256: FileNote("现场.jpg", "photo", AT - timedelta(minutes=4), factories.IN_CHANGSHOU)
        },
        **of_record,
    }
    device, _new = FieldDevice.objects.get_or_create(
        user=user, name="执法终端3", defaults={"id": uuid.uuid4(), "public_key": {}}
    )
    return Sent(
        kind="case.simple",
        user=user,
        device=device,
        clock_offset_s=1.5,
        position=of_record.get("position", factories.IN_CHANGSHOU),
        accuracy_m=8.0,
        data={**data, **changes},
        **{key: value for key, value in stated.items() if key != "position"},
    )


def arrive(sent: Sent) -> Done:
    """What the handler makes of it."""
    done = handler.simple_case(sent)
    if done.outcome == Done(outcome="refused").outcome:
        handler.enter_by_hand(sent, " ".join(done.messages))  # as on arrival (`services.receiving`)
    return done
