from django.urls import path

from gern.rooms.collect import views
from gern.rooms.collect.feeds import views as feeds
from gern.rooms.collect.identity import views as identity
from gern.rooms.collect.quarantine import views as quarantine
from gern.rooms.collect.schema import views as schema
from gern.rooms.collect.sources import views as sources
from gern.rooms.collect.traffic import views as traffic

urlpatterns = [
    path("import/", views.imports, name="imports"),
    path("import/<int:pk>/", views.run, name="import_run"),
    path("import/<int:pk>/mapping/", views.mapping, name="import_mapping"),
    path("import/<int:pk>/start/", views.start, name="import_start"),
    path("import/<int:pk>/progress/", views.progress, name="import_progress"),
    path("import/<int:pk>/replacement/", views.replacement, name="import_replacement"),
    path("import/<int:pk>/removal/", views.removal, name="import_removal"),
    path("import/<int:pk>/undo/", views.undo, name="import_undo"),
    path("import/<int:pk>/rejects.csv", views.rejects, name="import_rejects"),
    path("import/feeds/", feeds.feed_addition, name="feed_addition"),
    path("import/feeds/<int:pk>/check/", feeds.feed_check, name="feed_check"),
    path("import/feeds/<int:pk>/removal/", feeds.feed_removal, name="feed_removal"),
    path("sources/", sources.sources, name="sources"),
    path("sources/add/", sources.addition, name="source_addition"),
    path("sources/live/", sources.live_view, name="live"),
    path("sources/of/<slug:name>/", sources.source, name="source"),
    path("sources/of/<slug:name>/arriving/", sources.arriving, name="source_arriving"),
    path("sources/of/<slug:name>/rotation/", sources.rotation, name="source_rotation"),
    path("sources/of/<slug:name>/change/", sources.change, name="source_change"),
    path("sources/quarantine/", quarantine.quarantine, name="quarantine"),
    path("sources/quarantine/replay/", quarantine.replay, name="quarantine_replay"),
    path("sources/quarantine/removal/", quarantine.removal, name="quarantine_removal"),
    path("sources/schema/", schema.schema, name="schema"),
    path("sources/schema/event/", schema.event, name="schema_event"),
    path("sources/schema/description/", schema.description, name="schema_description"),
    path("sources/schema/treatment/", schema.treatment, name="schema_treatment"),
    path("sources/who/", identity.identities, name="identities"),
    path("sources/who/decision/", identity.decision, name="identity_decision"),
    path("sources/who/separation/", identity.separation, name="identity_separation"),
    path("sources/traffic/", traffic.traffic, name="traffic"),
    path("sources/traffic/rules/", traffic.rule_addition, name="rule_addition"),
    path("sources/traffic/rules/<int:pk>/removal/", traffic.rule_removal, name="rule_removal"),
]
