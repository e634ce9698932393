"""Gern: customer engagement and retention. The library for notebooks.

>>> import gern
>>> shop = gern.open("my-shop")                                                # doctest: +SKIP
>>> shop.figure("retention_rate", "2011-06-01", "2011-12-01", by="country")    # doctest: +SKIP
"""

from gern.core.errors import BadInput, GernError
from gern.core.figures.answer import Answer
from gern.core.log.event import Event, Line
from gern.core.shop import Shop, create_shop
from gern.core.shop import open_shop as open

__version__ = "0.1.0"
__all__ = ["Answer", "BadInput", "Event", "GernError", "Line", "Shop", "create_shop", "open"]
