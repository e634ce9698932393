"""The same questions by retentioneering, in an environment of its own: ``PYTHON spine_peer.py FILE``."""

import json
import resource
import sys
import time

import pandas as pd
from retentioneering import Eventstream

started = time.perf_counter()
stream = Eventstream(pd.read_parquet(sys.argv[1]))
loaded = time.perf_counter() - started
started = time.perf_counter()
funnel = stream.funnel_data(steps=["Product Viewed", "Product Added", "Order Completed"])
transitions = stream.transition_graph_data(edge_weight="count")
visits = stream.split_sessions(timeout=("30m")).to_dataframe()
asked = time.perf_counter() - started
print(json.dumps({
    "load and sort": loaded, "asked": asked,
    "mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    "visits": int(visits["session_id"].nunique()), "transitions": int(transitions.to_numpy().sum()),
}))  # fmt: skip
