"""The writer of docs/performance.md: measurements that `pts bench` does not make, and the document of them all."""
