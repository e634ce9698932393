"""Items that could not be used: seen, understood, replayed or thrown away."""
