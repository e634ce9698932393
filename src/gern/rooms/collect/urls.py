from django.urls import path

from gern.rooms.collect import views

urlpatterns = [
    path("", views.imports, name="imports"),
    path("<int:pk>/", views.run, name="import_run"),
    path("<int:pk>/mapping/", views.mapping, name="import_mapping"),
    path("<int:pk>/start/", views.start, name="import_start"),
    path("<int:pk>/progress/", views.progress, name="import_progress"),
    path("<int:pk>/replacement/", views.replacement, name="import_replacement"),
    path("<int:pk>/removal/", views.removal, name="import_removal"),
    path("<int:pk>/rejects.csv", views.rejects, name="import_rejects"),
]
