"""A real Ray cluster of two machines on this one: a head and a second node that a test may kill."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Machines:
    """A running cluster."""

    address: str
    """Of its head."""
    second: str
    """Ray's name of the second machine (``ray.get_runtime_context().get_node_id()`` there)."""
    kill: Callable[[], None]
    """Ends the second machine as a power cut would."""


@contextmanager
def two_machines() -> Iterator[Machines]:
    """A cluster for as long as the block lasts; each machine has room for one task."""
    os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
    os.environ["RAY_worker_niceness"] = "0"  # noqa: SIM112 - Ray's spelling; its own 15 starves on a busy machine
    os.environ["PYTHONPATH"] = str(Path(__file__).parent)  # where workers find the functions of tests
    import ray
    from ray.cluster_utils import Cluster

    machine = {"num_cpus": 1, "object_store_memory": 80 * 2**20, "include_dashboard": False}
    quick = {
        "health_check_initial_delay_ms": 0,
        "health_check_period_ms": 500,
        "health_check_timeout_ms": 500,
        "health_check_failure_threshold": 2,
    }
    cluster = Cluster(initialize_head=True, head_node_args={**machine, "_system_config": quick})
    try:
        second = cluster.add_node(**{**machine, "include_dashboard": None})
        cluster.wait_for_nodes(timeout=60)

        def kill() -> None:
            cluster.remove_node(second, allow_graceful=False)

        yield Machines(cluster.address, second.node_id, kill)
    finally:
        ray.shutdown()
        cluster.shutdown()
