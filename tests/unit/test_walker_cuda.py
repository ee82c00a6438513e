"""The GPU path: in Numba's simulator on every machine, and on a GPU where there is one."""

import importlib.util
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
    np.load(sys.argv[1]), pack(courses), np.array([0, 1, 1], np.int32), horizon=6, solver=Solver(), lidar=sys.argv[3],
    traced=True,
)
np.savez(sys.argv[2], traces=result.traces, returns=result.returns, lengths=result.lengths)
"""


def policies(count):
    return np.random.default_rng(4).normal(0, 0.1, (count, PARAMETERS)).astype(np.float32)


@pytest.mark.parametrize("lidar", ["nearest", "first"])
def test_the_simulated_gpu_does_what_the_cpu_does(tmp_path, lidar):
    np.save(tmp_path / "theta.npy", policies(3))
    flags = {"NUMBA_ENABLE_CUDASIM": "1", "NUMBA_DISABLE_JIT": "1"}
    command = [sys.executable, "-c", SCRIPT, str(tmp_path / "theta.npy"), str(tmp_path / "result.npz"), lidar]
    subprocess.run(command, env=os.environ | flags, check=True, timeout=300)
    simulated = np.load(tmp_path / "result.npz")
    result = rollout(policies(3), COURSES, [0, 1, 1], horizon=6, lidar=lidar, traced=True)
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


# what stands in for the CUDA toolkit: enough for Numba to infer types and write LLVM code for both kernels
FRONT_END = """
import types as plain
import numba.cuda.dispatcher
from numba import types
from numba.cuda.cudadrv import nvvm

class NoToolkit:
    data_layout = (
        "e-p:64:64:64-i1:8:8-i8:8:8-i16:16:16-i32:32:32-i64:64:64-i128:128:128-f32:32:32-f64:64:64-"
        "v16:16:16-v32:32:32-v64:64:64-v128:128:128-n16:32:64"
    )

    def get_ir_version(self):
        return 2, 0, 3, 1

nvvm.NVVM = NoToolkit
numba.cuda.dispatcher.get_current_device = lambda: plain.SimpleNamespace(compute_capability=(7, 5))
from numba.cuda.compiler import compile_cuda
from aiga.poet.walker import cuda

def array(kind, dimensions):
    return types.Array(kind, dimensions, "C")

state = (array(types.float32, 2), array(types.int32, 2), array(types.float64, 2))
world = (array(types.float32, 2), array(types.int32, 2))
row, whole, traces = array(types.int32, 1), types.int64, array(types.float32, 3)
rounds = (whole, whole, types.boolean, traces)
begin = (*state, *world, array(types.float32, 1), row, *rounds)
further = (*state, *world, row, array(types.float32, 2), whole, whole, *rounds)
for kernel, arguments in ((cuda._begin, begin), (cuda._continue, further)):
    compile_cuda(kernel.py_func, types.void, arguments, cc=(7, 5))
print("both kernels are ready for a GPU's compiler")
"""


@pytest.mark.slow
@pytest.mark.skipif(importlib.util.find_spec("numba_cuda") is not None, reason="another CUDA target is installed")
def test_the_kernels_pass_the_front_end_of_the_gpus_compiler():
    """The simulator runs plain Python, which has functions that the CUDA target lacks."""
    found = subprocess.run(
        [sys.executable, "-c", FRONT_END], env=os.environ, check=True, timeout=600, capture_output=True, text=True
    )
    assert "ready for a GPU" in found.stdout
