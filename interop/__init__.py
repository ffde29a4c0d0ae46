"""Real clients and real servers, started, driven and judged by our tests and benchmarks."""
