"""segment-analytics-python or rudder-sdk-python, unchanged: PACKAGE HOST KEY FILE → {"failed": [ids]} on stdout."""

import json
import sys
from datetime import UTC, datetime, timedelta
from importlib import import_module
from pathlib import Path

package, host, key, file = sys.argv[1:5]
Client = import_module(f"{package}.analytics.client").Client
failed = []
client = Client(
    key, host=host, on_error=lambda error, items: failed.extend(i["messageId"] for i in items),
    upload_size=50, upload_interval=0.1, max_queue_size=100_000, gzip=True, max_retries=1000,
)  # fmt: skip
for c in json.loads(Path(file).read_text()):
    at = datetime.now(UTC) - timedelta(minutes=c["minutes"])
    common = {"timestamp": at, "message_id": c["id"]}
    if c["type"] == "identify":
        client.identify(c["user"], c["properties"], anonymous_id=c["anonymous"], **common)
    elif c["type"] == "page":
        client.page(None, None, c["event"], c["properties"], anonymous_id=c["anonymous"], **common)
    elif c["type"] == "group":
        client.group(c["user"], c["group"], c["properties"], **common)
    elif c["type"] == "alias":
        client.alias(c["previous"], c["user"], **common)
    else:
        client.track(c["user"], c["event"], c["properties"], anonymous_id=c["anonymous"], **common)
client.flush()
client.join()
print(json.dumps({"failed": failed}))
