"""The builder: a dashboard of one's own, shared with squad or bureau, and never a ranking of fines."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from chengshu.bureau.models import District, Unit
from chengshu.demo.cases import load_cases
from chengshu.reports.models import Board
from tests import factories
from tests.reports.test_pages import signed_in, text

TILE = {"action": "add", "kind": "tile", "figure": "cases_total", "width": "quarter"}
RANKING = {"action": "add", "kind": "ranking", "figure": "cases_total", "by": "squad", "order": "most",
           "rows": "5", "width": "half"}  # fmt: skip


@pytest.fixture
def district(db: None) -> District:
    made = factories.make_district()
    load_cases(made, scale=0.01)
    return made


def made_by(client: Client, name: str = "我的看板") -> Board:
    client.post(reverse("reports:board_new"), {"name": name})
    return Board.objects.get(name=name)


def kinds(board: Board) -> list[str]:
    board.refresh_from_db()
    return [one["kind"] for one in board.items]


def test_numbers_and_charts_are_put_on_a_page_and_moved_without_dragging(district: District) -> None:
    client = signed_in(factories.make_user("analyst"))
    board = made_by(client)
    edit = reverse("reports:board_edit", args=[board.pk])
    for one in (TILE, RANKING):
        assert client.post(edit, one).status_code == 302
    assert kinds(board) == ["tile", "ranking"]
    client.post(edit, {"action": "up", "at": "1"})
    assert kinds(board) == ["ranking", "tile"]
    client.post(edit, {"action": "up", "at": "0"})
    assert kinds(board) == ["ranking", "tile"]
    client.post(edit, {"action": "remove", "at": "0"})
    assert kinds(board) == ["tile"]
    assert "已不在看板上" in text(client.post(edit, {"action": "remove", "at": "9"}, follow=True))
    page = text(client.get(reverse("reports:own_board", args=[board.pk]), {"period": "2020"}))
    assert "我的看板" in page and "行政处罚案件" in page


def test_a_ranking_of_fines_is_refused_in_one_sentence(district: District) -> None:
    client = signed_in(factories.make_user("bureau_leader"))
    board = made_by(client)
    answer = client.post(reverse("reports:board_edit", args=[board.pk]), {**RANKING, "figure": "fines_total"})
    assert answer.status_code == 422 and "第七十四条第三款" in text(answer)
    assert kinds(board) == []


def test_a_preview_shows_and_keeps_nothing(district: District) -> None:
    client = signed_in(factories.make_user("analyst"))
    board = made_by(client)
    preview = {**RANKING, "rows": "20", "action": "preview"}
    page = text(client.post(reverse("reports:board_edit", args=[board.pk]), preview))
    assert "尚未加入看板" in page
    assert "长寿路街道中队" in page
    assert kinds(board) == []


def test_others_see_a_dashboard_once_it_is_shared_and_never_change_it(district: District) -> None:
    squad = factories.unit(district, Unit.Kind.SQUAD, "长寿路街道")
    mine = signed_in(factories.make_user("squad_leader", squad))
    colleague = signed_in(factories.make_user("squad_leader", squad))
    outsider = signed_in(
        factories.make_user("squad_leader", factories.unit(district, Unit.Kind.SQUAD, "桃浦镇"))
    )
    board = made_by(mine)
    page, edit = (reverse(f"reports:{name}", args=[board.pk]) for name in ("own_board", "board_edit"))
    assert colleague.get(page).status_code == 404
    share = {"action": "settings", "name": board.name}
    mine.post(edit, {**share, "shared": "squad"})
    assert [one.get(page).status_code for one in (colleague, outsider)] == [200, 404]
    mine.post(edit, {**share, "shared": "bureau"})
    assert outsider.get(page).status_code == 200
    assert "共享给我的看板" in text(outsider.get(reverse("reports:boards")))
    assert outsider.post(edit, TILE).status_code == 403
    assert outsider.post(reverse("reports:board_delete", args=[board.pk])).status_code == 403
    assert Board.objects.filter(pk=board.pk).exists()


def test_whoever_belongs_to_no_squad_shares_with_the_bureau(district: District) -> None:
    client = signed_in(factories.make_user("bureau_leader"))
    board = made_by(client)
    edit = reverse("reports:board_edit", args=[board.pk])
    answer = client.post(edit, {"action": "settings", "name": "总览", "shared": "squad"})
    assert answer.status_code == 422 and "不属于任何中队" in text(answer)
    assert client.post(reverse("reports:board_delete", args=[board.pk])).status_code == 302
    assert not Board.objects.exists()


def test_a_thing_whose_figure_is_gone_can_be_taken_away(district: District) -> None:
    client = signed_in(factories.make_user("analyst"))
    board = made_by(client)
    Board.objects.filter(pk=board.pk).update(items=[{"kind": "tile", "figure": "gone"}])
    page, edit = (reverse(f"reports:{name}", args=[board.pk]) for name in ("own_board", "board_edit"))
    assert client.get(page).status_code == 200
    assert "该指标已不存在" in text(client.get(edit))
    client.post(edit, {"action": "remove", "at": "0"})
    assert Board.objects.get(pk=board.pk).items == []
