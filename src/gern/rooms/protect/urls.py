from django.urls import path

from gern.rooms.protect.gate import views as gate
from gern.rooms.protect.preferences import views as preferences
from gern.rooms.protect.purposes import views as purposes
from gern.rooms.protect.suppression import views as suppression

urlpatterns = [
    path("protect/", purposes.protect, name="protect"),
    path("protect/purposes/new/", purposes.purpose_new, name="purpose_new"),
    path("protect/purposes/<slug:pk>/", purposes.purpose_edit, name="purpose_edit"),
    path("protect/purposes/<slug:pk>/removal/", purposes.purpose_removal, name="purpose_removal"),
    path("protect/gate/", gate.gate, name="gate"),
    path("protect/suppression/", suppression.suppression, name="suppression"),
    path("customers/one/consents/", gate.consent_said, name="consent_said"),
    path("customers/one/restriction/", gate.restriction, name="restriction"),
    path("customers/one/restriction/<int:pk>/end/", gate.restriction_end, name="restriction_end"),
    path("customers/one/choices/", preferences.choices_link, name="choices_link"),
    path("choices/<str:token>/", preferences.choices, name="choices"),
    path("unsubscribe/<str:token>/<slug:purpose>/", preferences.unsubscribe, name="unsubscribe"),
]
