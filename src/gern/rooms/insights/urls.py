from django.urls import path

from gern.rooms.insights import engagement, own, people, views
from gern.rooms.insights.dashboards import views as dashboards
from gern.rooms.insights.patterns import chart, cohorts, funnel, staying
from gern.rooms.insights.reports import views as reports
from gern.rooms.insights.sharing import views as sharing
from gern.rooms.insights.targets import views as targets
from gern.rooms.insights.watching import views as watching

urlpatterns = [
    path("", views.briefing, name="briefing"),
    path("changes/", views.briefing_changes, name="briefing_changes"),
    path("figures/", views.figures, name="figures"),
    path("figures/own/", own.own_list, name="own_figures"),
    path("figures/own/new/", own.own_new, name="own_figure_new"),
    path("figures/own/<slug:id>/", own.own_edit, name="own_figure"),
    path("figures/own/<slug:id>/removal/", own.own_removal, name="own_figure_removal"),
    path("figures/<slug:id>/", views.figure, name="figure"),
    path("figures/<slug:id>/tile/", views.figure_tile, name="figure_tile"),
    path("figures/<slug:id>/export.<str:kind>", views.figure_export, name="figure_export"),
    path("figures/<slug:id>/chart.<str:kind>", views.figure_chart, name="figure_chart"),
    path("figures/<slug:id>/watch/", watching.watch, name="watch"),
    path("figures/<slug:id>/band/", watching.band, name="band"),
    path("figures/<slug:id>/notes/", watching.note_addition, name="note_addition"),
    path("figures/<slug:id>/people/", people.people, name="people"),
    path("figures/<slug:id>/people/export.<str:kind>", people.people_export, name="people_export"),
    path("engagement/", engagement.engagement, name="engagement"),
    path("patterns/", cohorts.cohorts, name="patterns"),
    path("patterns/cohorts.<str:kind>", cohorts.cohorts_export, name="cohorts_export"),
    path("patterns/funnel/", funnel.funnel, name="funnel"),
    path("patterns/funnel.<str:kind>", funnel.funnel_export, name="funnel_export"),
    path("patterns/staying/", staying.staying, name="staying"),
    path("patterns/staying.<str:kind>", staying.staying_export, name="staying_export"),
    path("patterns/<slug:name>/chart.<str:kind>", chart.pattern_chart, name="pattern_chart"),
    path("leaving/", people.leaving, name="leaving"),
    path("leaving/export.<str:kind>", people.leaving_export, name="leaving_export"),
    path("notes/<int:pk>/removal/", watching.note_removal, name="note_removal"),
    path("alerts/", watching.alarms, name="alarms"),
    path("alerts/look/", watching.look_now, name="look_now"),
    path("alerts/seen/", watching.alarm_seen, name="alarm_seen"),
    path("alerts/mail/", watching.alarm_mail, name="alarm_mail"),
    path("targets/", targets.targets, name="targets"),
    path("targets/new/", targets.target_new, name="target_new"),
    path("targets/<int:pk>/", targets.target, name="target"),
    path("targets/<int:pk>/removal/", targets.target_removal, name="target_removal"),
    path("departments/addition/", targets.department_addition, name="department_addition"),
    path("departments/<int:pk>/", targets.department, name="department"),
    path("departments/<int:pk>/removal/", targets.department_removal, name="department_removal"),
    path("dashboards/", dashboards.dashboards, name="dashboards"),
    path("dashboards/addition/", dashboards.dashboard_addition, name="dashboard_addition"),
    path("dashboards/<int:pk>/", dashboards.dashboard, name="dashboard"),
    path("dashboards/<int:pk>/show/", dashboards.dashboard_show, name="dashboard_show"),
    path("dashboards/<int:pk>/edit/", dashboards.dashboard_edit, name="dashboard_edit"),
    path("dashboards/<int:pk>/removal/", dashboards.dashboard_removal, name="dashboard_removal"),
    path(
        "dashboards/<int:pk>/tiles/<int:place>/", dashboards.dashboard_tile, name="dashboard_tile"
    ),
    path("dashboards/<int:pk>/reports/", reports.reports, name="reports"),
    path("dashboards/<int:pk>/report.pdf", reports.report_pdf, name="report_pdf"),
    path("dashboards/<int:pk>/mail/", reports.report_look, name="report_look"),
    path("reports/<int:pk>/sending/", reports.report_sending, name="report_sending"),
    path("reports/<int:pk>/removal/", reports.report_removal, name="report_removal"),
    path("dashboards/<int:pk>/links/", sharing.links, name="links"),
    path("settings/outside/", sharing.outside, name="outside"),
    path("links/<int:pk>/end/", sharing.link_end, name="link_end"),
    path("shared/<str:token>/", sharing.shared, name="shared"),
    path("shared/<str:token>/<int:place>.svg", sharing.shared_chart, name="shared_chart"),
]
