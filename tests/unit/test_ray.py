"""Seeds shared out by Ray: a cluster of two workers on this machine, which is shut down afterwards."""

import pytest

from aiga import cli, experiment, records

ray = pytest.importorskip("ray")


@pytest.fixture
def cluster():
    ray.init(num_cpus=2, include_dashboard=False, log_to_driver=False, object_store_memory=80 * 2**20)
    yield
    ray.shutdown()


@pytest.mark.slow
def test_a_run_shared_out_by_ray_is_that_of_one_process(cluster, tmp_path):
    """Whole, with a limit of time: a worker sets its own timer and handles signals, which only a main thread may."""
    command = ["run", "plasticity.binary", "--scale", "smoke", "--conditions", "plastic", "--seeds", "4,2,7"]
    folders = ["--checkpoints", str(tmp_path / "points"), "--records-folder", str(tmp_path / "runs")]
    shared = ["--jobs", "2", "--backend", "ray", "--minutes", "30", "--device", "cpu"]
    assert cli.main([*command, *folders, *shared]) == 0
    (record,) = records.load_all(folder=tmp_path / "runs")
    module = experiment.load("plasticity.binary")
    alone = experiment.run(module, "smoke", seeds=[4, 2, 7], device="cpu", conditions=["plastic"])
    assert [each.seed for each in record.results] == [4, 2, 7]
    for mine, theirs in zip(record.results, alone, strict=True):
        assert mine.metrics == pytest.approx(theirs.metrics, rel=1e-4)
    assert sorted(path.name for path in (tmp_path / "points").iterdir()) == [
        "in use.lock",
        "part 1 of 2",
        "part 2 of 2",
        "plasticity.binary.smoke.code",
    ]
    assert not list((tmp_path / "points").rglob("*.pt")), "the record is safe: the checkpoints have served"
