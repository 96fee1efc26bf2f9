"""Claim: importing 100,000 rows from xlsx is at least 5 times as fast as django-import-export, below 1 GiB.

Both sides read the same file into the same model with the same checks (identifiers, attributes, position in
the district) and the same derived columns. Ours also decides row by row (new, changed, doubtful), keeps
every row's result and a fact record; django-import-export runs with its fastest settings (``use_bulk``,
``skip_diff``, ``skip_html_diff``) and, for the record, with its defaults. It is given fewer rows, since its
rate does not rise with their number; rates are compared.

    python benchmarks/import_throughput.py [--rows 100000] [--theirs 5000]
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import resource
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from datetime import date
from pathlib import Path
from typing import Any

COLUMNS = [
    "店招名称", "名称", "地址", "统一社会信用代码", "负责人", "联系电话", "经度", "纬度", "经营业态",
    "经营面积", "所在道路", "状态",
]  # fmt: skip
FIELDS = {
    "name": "名称",
    "address": "地址",
    "uscc": "统一社会信用代码",
    "responsible_name": "负责人",
    "responsible_phone": "联系电话",
    "lng": "经度",
    "lat": "纬度",
    "attributes.trade": "经营业态",
    "attributes.floor_area": "经营面积",
    "attributes.road": "所在道路",
    "status": "状态",
}


def write_list(path: Path, rows: int) -> None:
    """A list of invented shops as an office would keep it."""
    from chengshu.bureau.models import District
    from chengshu.demo.objects import objects
    from chengshu.kernel.tables import write_xlsx

    district = District.objects.get(code="310107")
    status = {"operating": "在营", "closed": "关闭", "moved": "迁出", "not_found": "查无"}

    def lines() -> Any:
        for number, values in enumerate(objects(district, "shop", rows, seed=7)):
            lng, lat = values["position"]
            yield [
                values["name"], f"{values['name']}{number}", f"{values['address']}{number}室", uscc(number),
                values["responsible_name"], values["responsible_phone"], str(lng), str(lat),
                values["attributes.trade"], f"{values['attributes.floor_area']}平方米",
                values["attributes.road"], status[values["status"]],
            ]  # fmt: skip

    write_xlsx(str(path), COLUMNS, lines(), sheet="商铺")


def uscc(number: int) -> str:
    """A well-formed unified social credit code that belongs to nobody in particular."""
    from stdnum.cn import uscc as code

    body = f"92310107MA{number:07d}"
    return body + code.calc_check_digit(body)


def ours(path: Path) -> tuple[int, float, int]:
    """Upload, check and apply as the command does; rows, seconds, peak bytes of this process."""
    from chengshu.bureau.models import District
    from chengshu.registry.importing import tasks
    from chengshu.registry.models import ImportBatch, ObjectClass
    from chengshu.registry.services import imports

    district = District.objects.get(code="310107")
    started = time.perf_counter()
    with path.open("rb") as stream:
        batch = imports.upload(
            file=stream,
            filename=path.name,
            district=district,
            object_class=ObjectClass.objects.get(district=district, code="shop"),
            source_label="benchmark",
            observed_on=date(2020, 11, 1),
            by=None,
        )
    batch = imports.set_mapping(batch, FIELDS, "wgs84")
    tasks.run_check(batch)
    tasks.run_apply(batch, None)
    seconds = time.perf_counter() - started
    batch = ImportBatch.objects.get(pk=batch.pk)
    assert batch.counts["create"] + batch.counts["conflict"] == batch.counts["rows"], batch.counts
    return batch.counts["rows"], seconds, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def theirs(path: Path, rows: int, fast: bool) -> tuple[int, float, int]:
    """The same with django-import-export."""
    import tablib
    from import_export import fields, resources

    from chengshu.bureau.models import District
    from chengshu.bureau.services.areas import place
    from chengshu.registry.derive import derived
    from chengshu.registry.models import ObjectClass, RegulatedObject
    from chengshu.registry.services.objects import DEFAULTS
    from chengshu.registry.services.values import clean_values, definitions_of

    district = District.objects.get(code="310107")
    shop = ObjectClass.objects.get(district=district, code="shop")
    definitions = definitions_of(shop)

    class ShopResource(resources.ModelResource):
        name = fields.Field("name", "名称")
        address = fields.Field("address", "地址")

        class Meta:
            model = RegulatedObject
            fields = ("name", "address")
            import_id_fields = ("name", "address")
            use_bulk = fast
            batch_size = 1000
            skip_diff = fast
            skip_html_diff = fast
            use_transactions = True

        def after_init_instance(self, instance: Any, new: bool, row: Any, **kwargs: Any) -> None:
            stated = {name: row[column] for name, column in FIELDS.items() if name not in {"lng", "lat"}}
            stated["position"] = (row["经度"], row["纬度"])
            clean, problems = clean_values(shop, stated, definitions=definitions)
            if problems:
                raise ValueError(problems)
            for name, value in {**DEFAULTS, **clean}.items():
                if not name.startswith("attributes."):
                    setattr(instance, name, value)
            instance.attributes = {k[11:]: v for k, v in clean.items() if k.startswith("attributes.") and v}
            placement = place(district, *clean["position"])
            instance.district, instance.object_class = district, shop
            instance.town_id, instance.squad_id = placement.town, placement.squad
            for name, value in derived(clean | {"name": clean["name"]}).items():
                setattr(instance, name, value)

    started = time.perf_counter()
    dataset = tablib.Dataset().load(path.read_bytes(), format="xlsx")
    loaded = time.perf_counter() - started
    part = tablib.Dataset(*dataset[:rows], headers=dataset.headers)
    started = time.perf_counter()
    result = ShopResource().import_data(part, dry_run=False, raise_errors=True)
    seconds = time.perf_counter() - started + loaded * rows / len(dataset)
    assert not result.has_errors()
    return rows, seconds, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def _run(side: str, path: Path, rows: int) -> tuple[int, float, int] | None:
    """One side in a fresh database of its own."""
    with tempfile.TemporaryDirectory(prefix="chengshu-bench-") as home:
        Path(home).chmod(0o755)
        os.environ["CHENGSHU_HOME"] = home
        from chengshu.config import database
        from chengshu.config.cli import setup_django
        from chengshu.config.env import load

        setup_django()
        from django.core.management import call_command

        from chengshu.demo.load import first_start

        call_command("migrate", verbosity=0)
        first_start()
        try:
            if side == "prepare":
                return write_list(path, rows)
            return ours(path) if side == "ours" else theirs(path, rows, fast=side == "theirs, fastest")
        finally:
            database.release(load())
            database.cluster(load()).stop()


def main() -> None:
    """Each side in a process of its own, so that its memory is its own too."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--theirs", type=int, default=5_000)
    arguments = parser.parse_args()
    rates: dict[str, float] = {}
    with tempfile.TemporaryDirectory(prefix="chengshu-bench-list-") as folder:
        path = Path(folder) / "shops.xlsx"
        for side in ("prepare", "theirs, defaults", "theirs, fastest", "ours"):
            rows = arguments.rows if side in {"prepare", "ours"} else arguments.theirs
            context = multiprocessing.get_context("spawn")
            with ProcessPoolExecutor(max_workers=1, mp_context=context) as pool:
                answer = pool.submit(_run, side, path, rows).result()
            if answer:
                done, seconds, peak = answer
                rates[side] = done / seconds
                print(f"{side:18} {done:>7} rows {seconds:8.1f} s {rates[side]:9.0f} rows/s", end="  ")
                print(f"peak {peak / 2**20:6.0f} MiB", flush=True)
    for side in ("theirs, defaults", "theirs, fastest"):
        print(f"ours / {side}: {rates['ours'] / rates[side]:.1f} x")


if __name__ == "__main__":
    main()
