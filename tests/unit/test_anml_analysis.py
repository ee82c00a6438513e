"""What the analysis measures."""

import pytest
import torch
from sklearn.neighbors import KNeighborsClassifier

from aiga import seeding
from aiga.anml import analysis
from aiga.anml.model import ANML, kaiming


def test_a_representation_is_what_the_network_computes_in_any_batches() -> None:
    network = ANML(seeding.generator(0, "init"), channels=3, gate_channels=2, outputs=4)
    images = torch.rand(3, 4, 28, 28, generator=seeding.generator(0, "images"))
    seen = analysis.represent(network, images, at_once=5)
    assert seen.hidden.shape == seen.gate.shape == (3, 4, 27)
    torch.testing.assert_close(seen.embedded[1, 2], network.embed(images[1, 2][None, None])[0].detach())
    plain = ANML(seeding.generator(0, "init"), channels=3, gated=False, outputs=4)
    assert torch.equal(analysis.represent(plain, images).gate, torch.ones(3, 4, 27))


def test_active_and_dead_units_are_counted() -> None:
    hidden = torch.tensor([[[0.0, 0.5, 0.02, 0.0], [0.0, 0.5, 0.0, 0.011]]])  # one class, two drawings, four units
    gate = torch.tensor([0.9, 0.9, 0.1, 0.005]).expand(1, 2, 4)
    found = analysis.sparsity(analysis.Representation(hidden, gate))
    assert found.active_before_gate == 4 / 8
    assert found.active_after_gate == 2 / 8
    assert found.active_gate == 3 / 4
    assert found.dead_before_gate == 1 / 4
    assert found.dead_after_gate == 3 / 4


@pytest.mark.parametrize("neighbours", [1, 5])
def test_neighbours_vote_as_scikit_learns_do(neighbours: int) -> None:
    generator = seeding.generator(1, "points")
    features = 1.2 * torch.randn(12, 1, 6, generator=generator) + torch.randn(12, 20, 6, generator=generator)
    found = analysis.knn(features, neighbours=neighbours)
    labels = torch.arange(12).repeat_interleave(15)
    peer = KNeighborsClassifier(neighbours).fit(features[:, :15].flatten(0, 1), labels)
    expected = float(
        (peer.predict(features[:, 15:].flatten(0, 1)) == torch.arange(12).repeat_interleave(5).numpy()).mean()
    )
    assert found == pytest.approx(expected, abs=0 if neighbours == 1 else 0.07)  # they differ where votes are equal
    assert 0.2 < found < 1


def test_of_classes_with_as_many_neighbours_the_nearer_wins() -> None:
    shown = torch.tensor([[[1.0], [1.5], [9.0]], [[0.9], [1.6], [9.0]]])  # two votes each; the second is nearest
    features = torch.cat([shown, torch.zeros(2, 1, 1)], 1)
    assert analysis.knn(features, neighbours=4, shown=3) == 0.5  # both held-out drawings are said to be the second
    assert analysis.knn(features[[1, 0]], neighbours=4, shown=3) == 0.5
    with pytest.raises(ValueError, match="lower either"):
        analysis.knn(features, neighbours=7, shown=3)


def test_mann_whitney() -> None:
    assert analysis.mann_whitney([1, 2, 3], [4, 5, 6]) == pytest.approx(0.1)
    assert analysis.mann_whitney(range(10), range(10, 20)) < 2e-4
    with pytest.raises(ValueError, match="got 0 and 1"):
        analysis.mann_whitney([], [1.0])


def test_teaching_one_after_another() -> None:
    generator = seeding.generator(0, "features")
    features = torch.eye(4).repeat_interleave(3, 1)[:, None] + 0.05 * torch.rand(4, 20, 12, generator=generator)
    matrix = analysis.teach(features, kaiming((6, 12), generator), rate=0.1)
    assert torch.equal(matrix.isnan(), torch.ones(4, 4).triu(1).bool())
    assert float(matrix[0, 0]) == float(matrix[3, 3]) == 1.0  # the newest is known
    with pytest.raises(ValueError, match="4 characters need as many outputs, got 3"):
        analysis.teach(features, torch.zeros(3, 12), rate=0.01)
