"""Benchmarks: every number stands beside a peer's, measured in the same run on the same machine."""
