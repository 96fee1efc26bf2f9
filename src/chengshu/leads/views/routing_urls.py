"""Routes of rules, classes, what-if, alarms and duties."""

from django.urls import path

from chengshu.leads.views import alarms, duties, rules, what_if

urlpatterns = [
    path("rules/", rules.rule_list, name="rules"),
    path("rules/new/", rules.rule_new, name="rule_new"),
    path("rules/<int:pk>/", rules.rule_edit, name="rule"),
    path("rules/<int:pk>/move/", rules.rule_move, name="rule_move"),
    path("rules/<int:pk>/switch/", rules.rule_switch, name="rule_switch"),
    path("rules/what-if/", what_if.what_if, name="what_if"),
    path("rules/what-if/change/", what_if.what_if_change, name="what_if_change"),
    path("rules/what-if/rule/", what_if.what_if_rule, name="what_if_rule"),
    path("rules/what-if/<int:job>/", what_if.what_if_result, name="what_if_result"),
    path("rules/what-if/<int:job>/state/", what_if.what_if_state, name="what_if_state"),
    path("rules/what-if/<int:job>/leads/", what_if.what_if_leads, name="what_if_leads"),
    path("classes/", rules.class_list, name="classes"),
    path("classes/<int:pk>/", rules.class_edit, name="class"),
    path("alarms/", alarms.alarm_list, name="alarms"),
    path("duties/", duties.duty_list, name="duties"),
    path("duties/capacity/", duties.capacities, name="capacities"),
]
