"""Work for the worker: reviews of many files, imports, printing, blocks that have run out."""

from __future__ import annotations

import logging
from io import BytesIO
from typing import Any

from django.utils.translation import gettext as _
from procrastinate.contrib.django import app as queue

from chengshu.bureau.models import District, User
from chengshu.cases import reviewing
from chengshu.cases.documents import DocumentProblem
from chengshu.cases.importing import ImportProblem, check_table, import_table
from chengshu.cases.models import Case
from chengshu.cases.services import printing
from chengshu.cases.services.blocks import close_expired
from chengshu.kernel.files import FileDamaged, open_verified, store
from chengshu.kernel.jobs import JobProblem, Progress, job_task
from chengshu.kernel.models import StoredFile

logger = logging.getLogger(__name__)
LISTED = 2_000  # findings kept with the job; all are counted, and the command lists all


@job_task("cases.review")
def review_job(
    progress: Progress, *, user_id: int, year: int | None, squad: str, sample: int | None, seed: str
) -> dict[str, Any]:
    """Review the files that the person may review; the report is the job's result."""
    user = User.objects.with_roles().get(pk=user_id)
    chosen = reviewing.Chosen(year, squad, sample, seed)
    ids = reviewing.choose(reviewing.of_person(user), chosen)
    progress.set(0, len(ids))
    report = reviewing.review_cases(ids, most=LISTED, listener=lambda done, total: progress.set(done, total))
    chose = {"year": year, "squad": squad, "sample": sample, "seed": seed}
    return {**report.as_dict(), "chosen": chose, "cases": ids if sample else None}


@job_task("cases.print")
def print_job(progress: Progress, *, user_id: int, ids: list[int], documents: str) -> dict[str, Any]:
    """One PDF of the documents of many cases, kept for a while; the result names the kept file."""
    user = User.objects.with_roles().get(pk=user_id)
    try:
        made = printing.print_cases(
            ids, documents, by=user, listener=lambda done, total: progress.set(done, total)
        )
    except DocumentProblem as problem:
        raise JobProblem(str(problem)) from problem
    kept = store(BytesIO(made), name=_("documents.pdf"), media_types={"application/pdf"})
    return {"file": kept.pk, "size": kept.size, "cases": len(ids)}


@queue.periodic(cron="20 * * * *")
@queue.task(name="cases.forget_prints", queue="upkeep", queueing_lock="forget_prints")
def forget_prints(timestamp: int) -> None:
    """Let go of printed files after a day: they show parties unmasked and can be made again."""
    printing.forget_old_prints()


@job_task("cases.import.check")
def check_job(progress: Progress, *, file_id: int, filename: str, district_id: int) -> dict[str, Any]:
    """The dry run of an import; writes no case."""
    return _import(progress, file_id, filename, district_id, by=None, write=False)


@job_task("cases.import")
def import_job(
    progress: Progress, *, file_id: int, filename: str, district_id: int, user_id: int
) -> dict[str, Any]:
    """The import itself, whole or not begun; once more changes nothing."""
    by = User.objects.with_roles().get(pk=user_id)
    return _import(progress, file_id, filename, district_id, by=by, write=True)


def _import(
    progress: Progress, file_id: int, filename: str, district_id: int, *, by: User | None, write: bool
) -> dict[str, Any]:
    district = District.objects.get(pk=district_id)

    def listener(done: int, total: int) -> None:
        progress.set(done, total)

    try:
        with open_verified(StoredFile.objects.get(pk=file_id)) as opened:
            content: Any = opened
            if write:
                checked = import_table(content, district, by=by, filename=filename, listener=listener)
            else:
                checked = check_table(content, district, filename=filename, listener=listener)
    except ImportProblem as problem:
        raise JobProblem(str(problem)) from problem
    except FileDamaged as error:
        raise JobProblem(_("The kept original is missing or damaged.")) from error
    shown = checked.as_dict()
    if write:
        # findings point to the cases that were made, not to rows any more
        numbers = {one["number"] for one in shown["review"]["findings"]}
        made = Case.objects.filter(district=district, number__in=numbers)
        by_number = dict(made.values_list("number", "pk"))
        for one in shown["review"]["findings"]:
            one["case"] = by_number.get(one["number"])
    return {**shown, "written": write, "file": file_id, "filename": filename, "district": district_id}


@queue.periodic(cron="*/10 * * * *")
@queue.task(name="cases.close_blocks", queue="upkeep", queueing_lock="close_blocks")
def close_blocks(timestamp: int) -> None:
    """Void on record what nobody used of blocks whose lease and time for entering are over."""
    for block in close_expired():
        logger.info("block %s closed, %s numbers voided", block, len(block.voided))
