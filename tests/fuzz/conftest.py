"""How long the fuzzer runs: a minute in the suite, as long as one likes with `make fuzz SECONDS=600`."""

import os

from hypothesis import HealthCheck, settings

SECONDS = float(os.environ.get("FUZZ_SECONDS", "0"))  # of each test; 0 is the suite's share of a minute
CHECKS = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.function_scoped_fixture]

settings.register_profile("suite", max_examples=150, deadline=None, suppress_health_check=CHECKS, database=None)
settings.register_profile("long", max_examples=10**9, deadline=None, suppress_health_check=CHECKS)
settings.load_profile("long" if SECONDS else "suite")
