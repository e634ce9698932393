"""Pages of predictions: what they say is what the library says; who may see single customers."""

from __future__ import annotations

import pytest

from gern.kit.shop import current_shop
from gern.rooms.insights.predict.jobs import learn, learn_if_due

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def learned(django_db_setup):
    """The demo shop has learned; cards and scores lie in its home, not in the database."""
    shop = current_shop()
    if shop.value_card() is None:
        shop.train_value("test")
    if shop.risk_scores() is None:
        shop.train_risk("test")
    return shop


def test_pages(anna, learned):
    for path in ("/predict/", "/predict/value/people/", "/predict/risk/", "/predict/models/"):
        page = anna.get(path)
        assert page.status_code == 200, path
        open("/tmp/page.html","w").write(page.content.decode())
