"""A shot on two Ray nodes, one of which dies: the same files as on one machine.

PTS_RAY=1 runs it: Ray takes a minute.
"""

import os
import warnings

import pytest

from paintstorch_sdk.shots.results import ShotResults, verify
from paintstorch_sdk.shots.shot import Shot

if os.environ.get("PTS_RAY") != "1":
    pytest.skip("PTS_RAY=1 runs it", allow_module_level=True)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("style", ["flat", "paint"])
def test_two_nodes_one_of_which_dies_write_the_files_of_one_machine(lines, moving, tmp_path, style):
    keys = {1001: moving[0].flats}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import ray
        from ray.cluster_utils import Cluster

        cluster = Cluster(initialize_head=True, head_node_args={"num_cpus": 1})
        other = cluster.add_node(num_cpus=1)
        ray.init(address=cluster.address, log_to_driver=False, configure_logging=False)
    try:
        with Shot(lines, keys, cache=tmp_path / "farm", style=style, ray=cluster.address) as shot:
            steps = []
            for step in ShotResults(tmp_path / "farm").color(shot):
                steps.append(step)
                if len(steps) == 1:
                    cluster.remove_node(other, allow_graceful=False)
    finally:
        ray.shutdown()
        cluster.shutdown()
    assert [step.record.error for step in steps] == [""] * 6
    assert verify(tmp_path / "farm") == []
    with Shot(lines, keys, cache=tmp_path / "alone", style=style) as shot:
        [*ShotResults(tmp_path / "alone").color(shot)]
    for path in (tmp_path / "alone").glob("*.png"):
        assert path.read_bytes() == (tmp_path / "farm" / path.name).read_bytes()
