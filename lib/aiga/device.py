"""Devices: where tensors live, and what that place is called in a record."""

import platform
import resource
import sys
from pathlib import Path

import torch


def resolve(name: str | torch.device = "auto") -> torch.device:
    """Turn a device's name into a device that is really there.

    Args:
        name: ``"auto"`` (CUDA, else Apple's MPS, else the CPU), ``"cpu"``, ``"cuda"``, ``"cuda:1"`` or ``"mps"``.

    Raises:
        ValueError: the name is no device's name.
        RuntimeError: the device is not present on this machine.
    """
    if name == "auto":
        if torch.cuda.is_available():
            return torch.device("cuda")
        return torch.device("mps" if torch.backends.mps.is_available() else "cpu")
    try:
        device = torch.device(name)
    except RuntimeError as error:
        raise ValueError(f"unknown device {name!r}: choose auto, cpu, cuda, cuda:<number> or mps") from error
    if device.type == "cuda":
        count = torch.cuda.device_count() if torch.cuda.is_available() else 0
        if (device.index or 0) >= count:
            raise RuntimeError(
                f"device {name!r} is not present: PyTorch {torch.__version__} sees {count} CUDA device(s) here. "
                "Use device='auto' or 'cpu', or install a CUDA build of PyTorch on a machine with a GPU."
            )
    elif device.type == "mps" and not torch.backends.mps.is_available():
        raise RuntimeError("device 'mps' is not present on this machine: use device='auto' or 'cpu'.")
    elif device.type not in ("cpu", "cuda", "mps"):
        raise ValueError(f"device {name!r} is not supported: choose auto, cpu, cuda, cuda:<number> or mps")
    return device


def describe(device: torch.device) -> str:
    """The hardware's name, as written into records: the GPU's, or the processor's and its number of threads."""
    if device.type == "cuda":
        return torch.cuda.get_device_name(device)
    return f"{_processor()}, {torch.get_num_threads()} thread(s)"


def peak_memory_mib(device: torch.device) -> float:
    """Most memory used so far, in MiB: PyTorch's share of the GPU, or this process's resident set on a CPU."""
    if device.type == "cuda":
        return float(torch.cuda.max_memory_allocated(device)) / 2**20
    unit = 1 if sys.platform == "darwin" else 1024  # ru_maxrss counts bytes on macOS, KiB on Linux
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 2**20


def _processor() -> str:
    """The processor's marketing name where the system tells it."""
    information = Path("/proc/cpuinfo")
    if information.exists():
        for line in information.read_text().splitlines():
            if line.startswith("model name"):
                return line.split(":", 1)[1].strip()
    return platform.processor() or platform.machine()
