"""Routes of planning and drawing."""

from __future__ import annotations

from django.urls import path

from chengshu.inspections.views import (
    planning_draw,
    planning_plans,
    planning_progress,
    planning_setup,
    planning_task,
    planning_tasks,
)

urlpatterns = [
    path("plans/", planning_plans.plan_list, name="plans"),
    path("plans/new/", planning_plans.plan_new, name="plan_new"),
    path("plans/words/", planning_plans.rules_words, name="rules_words"),
    path("plans/<int:pk>/", planning_plans.plan_page, name="plan"),
    path("plans/<int:pk>/edit/", planning_plans.plan_edit, name="plan_edit"),
    path("plans/<int:pk>/approve/", planning_plans.plan_approve, name="plan_approve"),
    path("tasks/", planning_tasks.task_list, name="tasks"),
    path("tasks/new/", planning_tasks.task_new, name="task_new"),
    path("tasks/preview/", planning_tasks.task_preview_form, name="task_preview_form"),
    path("tasks/<int:pk>/", planning_task.task_page, name="task"),
    path("tasks/<int:pk>/edit/", planning_tasks.task_edit, name="task_edit"),
    path("tasks/<int:pk>/preview/", planning_tasks.task_preview, name="task_preview"),
    path("tasks/<int:pk>/cancel/", planning_tasks.task_cancel, name="task_cancel"),
    path("tasks/<int:pk>/commit/", planning_draw.commit, name="commit"),
    path("tasks/<int:pk>/due/", planning_task.draw_due, name="draw_due"),
    path("draws/<int:pk>/perform/", planning_draw.perform, name="perform"),
    path("draws/<int:pk>/abandon/", planning_draw.abandon, name="abandon"),
    path("draws/<int:pk>/commitment.json", planning_draw.commitment, name="commitment"),
    path("draws/<int:pk>/proof.json", planning_draw.proof, name="proof"),
    path("draws/<int:pk>/check/", planning_draw.check, name="proof_check"),
    path("drawn/", planning_progress.drawn, name="drawn"),
    path("drawn/map/", planning_progress.drawn_map, name="drawn_map"),
    path("drawn/map/data/", planning_progress.drawn_map_data, name="drawn_map_data"),
    path("drawn/<int:pk>/", planning_progress.drawn_one, name="drawn_one"),
    path("drawn/<int:pk>/withdraw/", planning_draw.withdraw, name="withdraw"),
    path("progress/", planning_progress.progress, name="progress"),
    path("recusal/", planning_setup.my_interests, name="interests"),
    path("recusal/<int:pk>/end/", planning_setup.interest_end, name="interest_end"),
    path("recusal/all/", planning_setup.interest_list, name="interest_list"),
    path("partners/", planning_setup.partner_list, name="partners"),
    path("partners/new/", planning_setup.partner_new, name="partner_new"),
    path("partners/<int:pk>/", planning_setup.partner_edit, name="partner"),
    path("partners/<int:pk>/officers/new/", planning_setup.partner_officer_new, name="partner_officer_new"),
    path("partners/<int:pk>/officers/<int:officer>/", planning_setup.partner_officer, name="partner_officer"),
]
