"""Sources: who may send events, with which key, and how they are doing."""
