"""Many browsers at once: what the benchmarks and the crash trials share."""
