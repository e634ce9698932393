"""From the Segment wire format to events of the log: decoding, what a key may send, orders, bots.

Plain Python without the web; `rooms.collect` speaks HTTP around it.
"""
