"""A Ray cluster as an operator has one, with a dashboard to deploy through, in a process of its own.

It says ``up`` when it is, removes a worker node for every line that it reads, and ends with its standard input.
"""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from pathlib import Path

from deployments.local import OBJECT_STORE_BYTES, private_environment

private_environment()
# Ray notes there which cluster runs, so that others find it: nobody shall find this one.
FOLDER = Path(tempfile.mkdtemp(prefix="kokoro-"))
os.environ["RAY_TMPDIR"] = str(FOLDER)
(FOLDER / "ray").mkdir()

from ray.cluster_utils import Cluster  # noqa: E402  # after its environment


def main(dashboard_port: int, workers: int) -> None:
    """Runs until the standard input ends.

    Args:
        dashboard_port: on the loopback interface.
        workers: nodes besides the head, which then runs no replicas.
    """
    head = {
        "num_cpus": 0 if workers else 8,
        "include_dashboard": True,
        "dashboard_host": "127.0.0.1",
        "dashboard_port": dashboard_port,
        "object_store_memory": OBJECT_STORE_BYTES,
        "temp_dir": str(FOLDER / "ray"),
    }
    cluster = Cluster(initialize_head=True, head_node_args=head)
    try:
        nodes = [cluster.add_node(num_cpus=4, object_store_memory=OBJECT_STORE_BYTES) for _ in range(workers)]
        print("up", flush=True)
        for _ in sys.stdin:
            cluster.remove_node(nodes.pop(), allow_graceful=False)
            print("removed", flush=True)
    finally:
        cluster.shutdown()
        shutil.rmtree(FOLDER, ignore_errors=True)


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
