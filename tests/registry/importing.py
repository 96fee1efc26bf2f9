"""Lists for tests of the import, made of plain rows."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from chengshu.bureau.models import District, User
from chengshu.kernel.tables import write_csv
from chengshu.registry.importing import tasks
from chengshu.registry.models import ImportBatch, ImportRow, RegulatedObject
from chengshu.registry.services import imports
from tests import factories

DAY = date(2020, 10, 1)
IN_TOWN = {"经度_wgs84": "121.4330", "纬度_wgs84": "31.2430"}
OTHER_TOWN = {"经度_wgs84": "121.3600", "纬度_wgs84": "31.2850"}
OUTSIDE = {"经度_wgs84": "121.5000", "纬度_wgs84": "31.2300"}


def shop(name: str = "福顺面馆", address: str = "长寿路18号", **more: str) -> dict[str, str]:
    """A row of a list of shops, inside 长寿路街道."""
    return {"商铺名称": name, "经营地址": address, **IN_TOWN, **more}


def checked(
    district: District,
    rows: Sequence[Mapping[str, str]],
    *,
    code: str = "shop",
    day: date = DAY,
    source: str = "街道上报",
    by: User | None = None,
) -> ImportBatch:
    """The batch of such rows after its check."""
    columns = list(dict.fromkeys(column for row in rows for column in row))
    file = io.BytesIO()
    write_csv(file, columns, ([row.get(column) for column in columns] for row in rows))
    return checked_file(district, file.getvalue(), "list.csv", code=code, day=day, source=source, by=by)


def checked_file(
    district: District,
    content: bytes,
    name: str,
    *,
    code: str = "shop",
    day: date = DAY,
    source: str = "街道上报",
    by: User | None = None,
) -> ImportBatch:
    """The batch of a file after its check, columns as guessed."""
    batch = imports.upload(
        district=district,
        object_class=factories.object_class(district, code),
        file=io.BytesIO(content),
        filename=name,
        source_label=source,
        observed_on=day,
        by=by,
    )
    tasks.run_check(batch)
    return batch


def imported(district: District, rows: Sequence[Mapping[str, str]], **more: Any) -> ImportBatch:
    """The same, written into the registry."""
    batch = checked(district, rows, **more)
    tasks.run_apply(batch, more.get("by"))
    batch.refresh_from_db()
    return batch


def outcomes(batch: ImportBatch) -> list[str]:
    """What happens to each row, in order."""
    return list(batch.rows.order_by("row").values_list("outcome", flat=True))


def row(batch: ImportBatch, index: int = 0) -> ImportRow:
    """One row of the batch."""
    return batch.rows.order_by("row")[index]


def codes(batch: ImportBatch, index: int = 0) -> set[str]:
    """Codes of the reasons on one row."""
    return {reason["code"] for reason in row(batch, index).reasons}


def the_object() -> RegulatedObject:
    """The only object there is."""
    return RegulatedObject.objects.live().get()
