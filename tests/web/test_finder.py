"""Finding from anywhere: customers, audiences, figures, pages; only what one may see."""

from __future__ import annotations

import pytest
from django.urls import reverse

from gern.rooms.customers.models import Audience

URL = "/search/"


def labels(client, text: str) -> list[str]:
    response = client.get(URL, {"q": text})
    assert response.status_code == 200
    return [hit.label for _, hits in response.context["found"] for hit in hits]


@pytest.mark.django_db
def test_everything_is_found_by_who_may_see_it(ben, cem, anna) -> None:
    Audience.objects.create(name="Stammkunden in Köln")
    assert "Stammkunden in Köln" in labels(ben, "koeln stamm")
    assert "Retention rate" in labels(ben, "retention")
    assert "Retention rate" in labels(ben, "Kundenbindung") or labels(ben, "bindungsrate")
    assert "Portfolio" in labels(ben, "portfolio")
    assert "Make a new audience" in labels(ben, "new audience")
    person = ben.get(URL, {"q": "14646"}).context["found"][0][1][0]
    assert "14646" in person.url
    for text in ("14646", "koeln stamm", "portfolio", "API keys"):
        assert not labels(cem, text), text
    assert "API keys" in labels(anna, "api keys")
    assert "API keys" not in labels(ben, "api keys")


@pytest.mark.django_db
def test_odd_words_do_no_harm(ben, nobody) -> None:
    for text in ("", " ", "%", "' OR 1=1", "<script>alert(1)</script>", "x" * 5000, "\x00"):
        response = ben.get(URL, {"q": text})
        assert response.status_code == 200
        assert "<script>alert" not in response.content.decode()
    assert nobody.get(URL, {"q": "14646"}).status_code == 302
    part = ben.get(URL, {"q": "14646"}, headers={"HX-Request": "true"}).content.decode()
    assert "<html" not in part
    assert reverse("customer") in part
