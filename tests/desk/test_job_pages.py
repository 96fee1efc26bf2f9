"""Pages of long work."""

from __future__ import annotations

import pytest
from django.test import Client

from chengshu.bureau.models import User
from chengshu.kernel.jobs import Progress, job_task, start
from chengshu.kernel.models import Job
from tests.factories import make_user
from tests.jobs import run_jobs

pytestmark = pytest.mark.django_db


@job_task("test.pages")
def work(progress: Progress, *, fail: bool = False) -> dict[str, int]:
    """Do nothing, or fail."""
    progress.set(3, 4, "第三步")
    if fail:
        raise ZeroDivisionError
    return {"n": 1}


@pytest.fixture
def clerk(client: Client) -> User:
    """A registry clerk who is signed in."""
    user = make_user("registry_clerk")
    client.force_login(user)
    return user


def test_the_list_shows_ones_own_work_in_few_queries(
    client: Client, clerk: User, django_assert_max_num_queries: object
) -> None:
    start("test", "导入小区名单", work, by=clerk)
    start("test", "别人的导入", work, by=make_user("registry_clerk"))
    page = client.get("/jobs/").content.decode()
    assert "导入小区名单" in page
    assert "别人的导入" not in page
    assert "没有任务" in client.get("/jobs/?state=failed").content.decode()
    assert client.get("/jobs/?state=nonsense").status_code == 200
    for _ in range(20):
        start("test", "又一个", work, by=clerk)
    with django_assert_max_num_queries(8):  # type: ignore[operator]
        client.get("/jobs/")


def test_somebody_elses_work_is_not_there(client: Client, clerk: User) -> None:
    job = start("test", "别人的导入", work, by=make_user("registry_clerk"))
    assert client.get(f"/jobs/{job.pk}/").status_code == 404
    assert client.get(f"/jobs/{job.pk}/state").status_code == 404
    assert client.post(f"/jobs/{job.pk}/cancel").status_code == 404


def test_the_bar_polls_while_the_work_runs_and_leads_to_what_came_of_it(client: Client, clerk: User) -> None:
    job = start("test", "导入", work, by=clerk, url="/registry/imports/{job}/")
    page = client.get(f"/jobs/{job.pk}/").content.decode()
    assert f'hx-get="/jobs/{job.pk}/state"' in page
    waiting = client.get(f"/jobs/{job.pk}/state")
    assert "HX-Redirect" not in waiting
    run_jobs()
    ended = client.get(f"/jobs/{job.pk}/state")
    assert ended["HX-Redirect"] == f"/registry/imports/{job.pk}/"
    assert "hx-get" not in ended.content.decode()
    page = client.get(f"/jobs/{job.pk}/").content.decode()
    assert "查看结果" in page
    assert "4 / 4" in page.replace('<span class="num">', "").replace("</span>", "")


def test_failed_work_says_why_and_leads_to_its_own_page(client: Client, clerk: User) -> None:
    job = start("test", "导入", work, by=clerk, url="/registry/imports/1/", fail=True)
    run_jobs()
    assert client.get(f"/jobs/{job.pk}/state")["HX-Redirect"] == f"/jobs/{job.pk}/"
    page = client.get(f"/jobs/{job.pk}/").content.decode()
    assert "系统内部出错" in page
    assert "查看结果" not in page


def test_one_may_stop_ones_own_work(client: Client, clerk: User) -> None:
    job = start("test", "导入", work, by=clerk)
    assert "停止" in client.get(f"/jobs/{job.pk}/").content.decode()
    assert client.get(f"/jobs/{job.pk}/cancel").status_code == 405
    answer = client.post(f"/jobs/{job.pk}/cancel", follow=True)
    assert "已取消" in answer.content.decode()
    job.refresh_from_db()
    assert job.state == Job.State.CANCELLED
    again = client.post(f"/jobs/{job.pk}/cancel", follow=True)
    assert "任务已经结束" in again.content.decode()


def test_strangers_are_sent_to_sign_in(client: Client) -> None:
    assert client.get("/jobs/").status_code == 302
