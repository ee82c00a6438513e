"""The GPU path: in Numba's simulator on every machine, and on a GPU where there is one."""

import os
import subprocess
import sys

import numpy as np
import pytest

from aiga.poet.walker import PARAMETERS, Encoding, generate, rollout
from aiga.poet.walker.physics import layout as at

COURSES = [generate(Encoding(), 0), generate(Encoding(2.0, (0.0, 0.8), (0.2, 0.6)), 1)]

SCRIPT = """
import sys, warnings
warnings.simplefilter("error")
import numpy as np
from aiga.poet.walker import Encoding, Solver, generate
from aiga.poet.walker.cuda import rollout_cuda, simulated
from aiga.poet.walker.geometry import pack
assert simulated()
courses = [generate(Encoding(), 0), generate(Encoding(2.0, (0.0, 0.8), (0.2, 0.6)), 1)]
result = rollout_cuda(
    np.load(sys.argv[1]), pack(courses), np.array([0, 1, 1], np.int32), horizon=6, solver=Solver(), traced=True
)
np.savez(sys.argv[2], traces=result.traces, returns=result.returns, lengths=result.lengths)
"""


def policies(count):
    return np.random.default_rng(4).normal(0, 0.1, (count, PARAMETERS)).astype(np.float32)


def test_the_simulated_gpu_does_what_the_cpu_does(tmp_path):
    np.save(tmp_path / "theta.npy", policies(3))
    flags = {"NUMBA_ENABLE_CUDASIM": "1", "NUMBA_DISABLE_JIT": "1"}
    command = [sys.executable, "-c", SCRIPT, str(tmp_path / "theta.npy"), str(tmp_path / "result.npz")]
    subprocess.run(command, env=os.environ | flags, check=True, timeout=300)
    simulated = np.load(tmp_path / "result.npz")
    result = rollout(policies(3), COURSES, [0, 1, 1], horizon=6, traced=True)
    np.testing.assert_array_equal(simulated["lengths"], result.lengths)
    # a sine of the C library may differ in the last digit from the rounded one of Python
    np.testing.assert_allclose(simulated["traces"], result.traces, atol=1e-4)
    np.testing.assert_allclose(simulated["returns"], result.returns, atol=1e-3)


@pytest.mark.needs_gpu
def test_a_gpu_does_what_the_cpu_does():
    which = np.arange(256) % 2
    ours = rollout(policies(256), COURSES, which, horizon=20, traced=True)
    theirs = rollout(policies(256), COURSES, which, horizon=20, traced=True, device="cuda")
    # round-off only: a GPU fuses multiply and add; contacts make a few walkers part earlier
    close = np.abs(theirs.traces[:, :, : at.SEEN] - ours.traces[:, :, : at.SEEN]).max(axis=(1, 2)) < 1e-2
    assert close.mean() > 0.95
