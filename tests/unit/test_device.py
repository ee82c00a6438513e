import pytest
import torch

from aiga import device


def test_cpu_and_auto():
    assert device.resolve("cpu") == torch.device("cpu")
    assert device.resolve("auto").type in ("cpu", "cuda", "mps")
    assert device.resolve(torch.device("cpu")) == torch.device("cpu")


def test_auto_prefers_a_gpu(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    assert device.resolve("auto") == torch.device("cuda")
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: True)
    assert device.resolve("auto") == torch.device("mps")
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: False)
    assert device.resolve("auto") == torch.device("cpu")


@pytest.mark.parametrize(("count", "name"), [(0, "cuda"), (0, "cuda:0"), (2, "cuda:2")])
def test_absent_gpu(monkeypatch, count, name):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: count > 0)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: count)
    message = rf"'{name}' is not present: .* sees {count} CUDA device\(s\) here\. Use device='auto' or 'cpu'"
    with pytest.raises(RuntimeError, match=message):
        device.resolve(name)


def test_second_gpu(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)
    assert device.resolve("cuda:1") == torch.device("cuda:1")


def test_absent_mps(monkeypatch):
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: False)
    with pytest.raises(RuntimeError, match="'mps' is not present"):
        device.resolve("mps")


@pytest.mark.parametrize("name", ["gpu", "", "cuda:x", "meta"])
def test_no_device(name):
    with pytest.raises(ValueError, match="choose auto, cpu, cuda, cuda:<number> or mps"):
        device.resolve(name)


def test_description_and_memory():
    cpu = torch.device("cpu")
    assert "thread(s)" in device.describe(cpu)
    before = device.peak_memory_mib(cpu)
    block = torch.ones(64 * 2**20 // 4)
    assert 10 < before <= device.peak_memory_mib(cpu) < 1e6
    assert block.sum() > 0
