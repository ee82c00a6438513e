import pytest

from aiga import scale


@pytest.mark.parametrize("name", ["smoke", "ci", "colab", "paper"])
def test_known(name):
    assert scale.check(name) == name
    assert scale.MEANING[name]


@pytest.mark.parametrize("name", ["", "CI", "huge", "papers"])
def test_unknown(name):
    with pytest.raises(ValueError, match=f"unknown scale '{name}': choose one of smoke, ci, colab, paper"):
        scale.check(name)
