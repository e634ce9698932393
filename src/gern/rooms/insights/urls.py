from django.urls import path

from gern.rooms.insights import views

urlpatterns = [
    path("", views.briefing, name="briefing"),
    path("figures/", views.figures, name="figures"),
    path("figures/<slug:id>/", views.figure, name="figure"),
    path("figures/<slug:id>/export.<str:kind>", views.figure_export, name="figure_export"),
    path("figures/<slug:id>/chart.<str:kind>", views.figure_chart, name="figure_chart"),
    path("figures/<slug:id>/people/", views.people, name="people"),
    path("figures/<slug:id>/people/export.<str:kind>", views.people_export, name="people_export"),
    path("leaving/", views.leaving, name="leaving"),
    path("leaving/export.<str:kind>", views.leaving_export, name="leaving_export"),
    path("purchases/", views.purchases, name="purchases"),
]
