"""Speed as ratios against a peer or a limit, each in one interleaved run."""
