from django.urls import path

from gern.rooms.insights import engagement, own, views

urlpatterns = [
    path("", views.briefing, name="briefing"),
    path("figures/", views.figures, name="figures"),
    path("figures/own/", own.own_list, name="own_figures"),
    path("figures/own/new/", own.own_new, name="own_figure_new"),
    path("figures/own/<slug:id>/", own.own_edit, name="own_figure"),
    path("figures/own/<slug:id>/removal/", own.own_removal, name="own_figure_removal"),
    path("figures/<slug:id>/", views.figure, name="figure"),
    path("figures/<slug:id>/export.<str:kind>", views.figure_export, name="figure_export"),
    path("figures/<slug:id>/chart.<str:kind>", views.figure_chart, name="figure_chart"),
    path("figures/<slug:id>/people/", views.people, name="people"),
    path("figures/<slug:id>/people/export.<str:kind>", views.people_export, name="people_export"),
    path("engagement/", engagement.engagement, name="engagement"),
    path("leaving/", views.leaving, name="leaving"),
    path("leaving/export.<str:kind>", views.leaving_export, name="leaving_export"),
    path("purchases/", views.purchases, name="purchases"),
]
