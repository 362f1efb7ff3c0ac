"""The streams' figures for `/metrics`: sizes and times, never contents."""

from prometheus_client import Counter, Gauge, Histogram

BATCH = Histogram("sportello_stream_batch_rows", "Rows of one commit", buckets=(1, 2, 4, 8, 16, 32, 64, 128))
COMMIT = Histogram(
    "sportello_stream_commit_seconds",
    "Time of one commit of posts",
    buckets=(0.0005, 0.001, 0.002, 0.004, 0.008, 0.016, 0.032, 0.064, 0.25, 1, 5),
)
RETRIES = Counter("sportello_stream_retries", "Batches tried again after a deadlock")
TAKEN_APART = Counter("sportello_stream_taken_apart", "Batches written row by row because one row failed")
LINES = Gauge("sportello_lines", "Open sockets")
GAPS = Counter("sportello_line_gaps", "Times a slow socket had to read again")
HINTS = Counter("sportello_bus_hints", "Hints between processes", ["way"])
REREADS = Counter("sportello_stream_rereads", "Streams read again after a hint or a jump")
TROUBLES = Counter("sportello_line_troubles", "Sockets ended because the database was away")
