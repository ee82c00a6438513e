"""Teachers whose learners change, lessons for anybody, and training for long."""

from pathlib import Path

import pytest
import torch
import torch.nn.functional as F

from aiga import datasets, seeding
from aiga.checkpoint import CheckpointError
from aiga.experiment import GENERATED, Data
from aiga.gtn import classroom, pictures
from aiga.gtn.candidates import Candidate, in_turn, learner, of_random_widths
from aiga.gtn.classroom import Course, Lessons
from aiga.gtn.inner import State
from aiga.gtn.model import CifarConv, Mlp, MnistConv
from aiga.gtn.teaching import Task

SHAPE = (1, 4, 4)
SMALL = Lessons(steps=2, batch=10, meta_batch=8, every=None, updates=3, latent=4, hidden=8, maps=(), rate=0.1)
LEARNERS = of_random_widths("mlp", SHAPE, [(3, 6)], 3)


def task(count: int = 200) -> Task:
    """Ten classes, each a pattern with a little noise: easy."""
    stream = seeding.generator(0, "pictures")
    patterns = torch.randn(10, *SHAPE, generator=stream)
    labels = torch.arange(count) % 10
    images = patterns[labels] + 0.3 * torch.randn(count, *SHAPE, generator=stream)
    return Task(images, labels, images[:50], labels[:50], images[50:150], labels[50:150], GENERATED)


def teach(**changed: object) -> tuple[classroom.Teacher, classroom.Training]:
    settings = {"seeds": [0, 1], "part_of": "test", "label": "test"} | changed
    return classroom.teach(SMALL, task(), LEARNERS, **settings)  # type: ignore[arg-type]


def test_learners_of_random_widths_repeat_and_keep_to_their_ranges() -> None:
    drawn = of_random_widths("cifar", (3, 8, 8), [(2, 4), (6, 9)], 40)
    assert drawn == of_random_widths("cifar", (3, 8, 8), [(2, 4), (6, 9)], 40)
    assert {each.widths[0] for each in drawn} == {2, 3, 4}  # type: ignore[attr-defined]
    assert {each.widths[1] for each in drawn} == {6, 7, 8, 9}  # type: ignore[attr-defined]
    assert learner("mlp", (3, 4, 4), (5,)) == Mlp(inputs=48, hidden=(5,))
    assert learner("mnist", (1, 8, 8), (2, 3, 4)) == MnistConv(channels=1, side=8, widths=(2, 3, 4))
    assert learner("cifar", (3, 8, 8), (2,)) == CifarConv(channels=3, widths=(2,))
    with pytest.raises(ValueError, match=r"'mnist' with \(2, 3\)"):
        learner("mnist", (1, 8, 8), (2, 3))


def test_every_learner_gets_its_turn() -> None:
    drawn = in_turn(LEARNERS, 60)
    assert len(drawn) == 60
    assert set(drawn) == set(LEARNERS)
    assert drawn == in_turn(LEARNERS, 60)


def test_the_paper_scale_is_the_released_code() -> None:
    lessons = Lessons()
    assert (lessons.steps, lessons.batch, lessons.meta_batch, lessons.every) == (32, 128, 128, 1)
    assert (lessons.updates, lessons.learning_rate, lessons.rate, lessons.momentum) == (2000, 0.02, 0.02, 0.5)
    assert (lessons.latent, lessons.hidden, lessons.maps) == (128, 1024, (128, 64))


def test_teaching_changes_generator_and_rates_and_its_loss_falls() -> None:
    lessons = Lessons(**{**vars(SMALL), "updates": 60, "steps": 4, "batch": 20, "meta_batch": 50})
    many = of_random_widths("mlp", SHAPE, [(16, 24)], 60)
    teacher, training = classroom.teach(lessons, task(), many, seeds=[0], part_of="test", label="test")
    before = classroom.create(lessons, task(), [0])
    for (name, value), old in zip(teacher.named_parameters(), before.parameters(), strict=True):
        assert not torch.equal(value, old), name
    losses = training.noted["loss"][:, 0]
    assert losses[-10:].mean() < 0.7 * losses[:10].mean()


def test_a_real_teacher_learns_rates_and_nothing_else() -> None:
    lessons = Lessons(**{**vars(SMALL), "source": "real"})
    teacher, _ = classroom.teach(lessons, task(), LEARNERS, seeds=[0], part_of="test", label="test")
    assert [name for name, _ in teacher.named_parameters()] == ["rates.log_rate", "rates.log_momentum"]
    assert not torch.equal(teacher.rates.log_rate, classroom.create(lessons, task(), [0]).rates.log_rate)


def test_a_teacher_does_not_depend_on_its_neighbours() -> None:
    together, alone = teach(), teach(seeds=[1])
    torch.testing.assert_close(together[1].noted["loss"][:, 1], alone[1].noted["loss"][:, 0], rtol=1e-4, atol=1e-5)
    known = task()
    asked = {"stream": "x", "fresh": 2, "every": 1}
    questions = (known.test_images, known.test_labels)
    pair = classroom.few_steps(together[0], LEARNERS[0], *questions, seeds=[0, 1], **asked)  # type: ignore[arg-type]
    single = classroom.few_steps(alone[0], LEARNERS[0], *questions, seeds=[1], **asked)  # type: ignore[arg-type]
    assert pair.shape == (2, 2)
    torch.testing.assert_close(pair[:, 1], single[:, 0], rtol=0, atol=0.02)


def test_resuming_changes_nothing_and_another_experiments_checkpoint_is_refused(tmp_path: Path) -> None:
    whole = teach()[1].noted["loss"]
    assert torch.equal(teach(checkpoint=tmp_path / "run.pt")[1].noted["loss"], whole)
    assert torch.equal(teach(checkpoint=tmp_path / "run.pt")[1].noted["loss"], whole)
    assert torch.equal(teach(limit=2)[1].noted["loss"][:2], whole[:2])
    with pytest.raises(CheckpointError, match="another run"):
        teach(checkpoint=tmp_path / "run.pt", part_of="something else")


def test_each_iteration_needs_a_learner() -> None:
    with pytest.raises(ValueError, match="3 outer iterations need as many learners, got 2"):
        classroom.teach(SMALL, task(), LEARNERS[:2], seeds=[0], part_of="test", label="test")


def test_a_stretched_teacher_holds_each_rate() -> None:
    lessons = Lessons(**{**vars(SMALL), "source": "real"})
    teacher = classroom.create(lessons, task(), [0, 1])
    teacher.rates.log_rate.data = torch.arange(4.0).view(2, 2)
    longer = classroom.stretched(teacher, 3)
    assert longer.rates.log_rate[1].tolist() == [2, 2, 2, 3, 3, 3]
    assert longer.rates.log_momentum.shape == (2, 6)
    streams = [seeding.generator(seed, "x") for seed in range(2)]
    assert longer.batches(streams)[0].shape == (6, 2, 10, *SHAPE)
    with pytest.raises(ValueError, match="only lessons of real images"):
        classroom.stretched(classroom.create(SMALL, task(), [0]), 3)


def test_long_training_learns_what_is_easy() -> None:
    course = Course(steps=60, batch=20)
    for each in (Candidate(width=16, shape=SHAPE), Candidate(kind="conv", width=6, activation="tanh", shape=SHAPE)):
        right = classroom.attend(course, task(), each, seeds=[0, 1], stream="x")
        assert (right > 0.9).all()
        one = classroom.attend(course, task(), each, seeds=[1], stream="x")
        assert abs(float(one[0] - right[1])) < 0.03


def test_long_training_is_torchs_gradient_descent() -> None:
    """One network written with torch's own SGD and schedule, from the same weights on the same images."""
    each, course, known = Candidate(width=5, batch_norm=False, shape=SHAPE), Course(steps=5, batch=8), task()
    found = classroom.attend(course, known, each, seeds=[3], stream="x")
    weights = tuple(w.requires_grad_() for w in each.create(seeding.generator(3, "x: attending")))
    optimiser = torch.optim.SGD(weights, lr=course.rate, momentum=course.momentum)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, course.steps)
    stream = seeding.generator(3, "x: course")
    for _ in range(course.steps):
        places = torch.randint(len(known.train_labels), (8,), generator=stream)
        optimiser.zero_grad()
        F.cross_entropy(each.logits(weights, known.train_images[places])[0], known.train_labels[places]).backward()
        optimiser.step()
        schedule.step()
    stacked = State(tuple(w.detach()[None] for w in weights), ())
    expected = classroom.named(each, stacked, known.test_images, known.test_labels)
    torch.testing.assert_close(found, expected)


def test_accuracy_counts_what_is_named() -> None:
    each, known = Candidate(width=5, shape=SHAPE), task()
    weights = each.create(seeding.generator(0, "x"))
    _, means = each.logits(weights, known.test_images)
    state = State(tuple(w[None] for w in weights), tuple(m[None] for m in means))
    logits, _ = each.logits(weights, known.test_images, means)
    expected = (logits.argmax(1) == known.test_labels).float().mean()
    for at_once in (7, 1000):
        found = classroom.named(each, state, known.test_images, known.test_labels, at_once=at_once)
        assert float(found[0]) == pytest.approx(float(expected))


def test_pictures_are_normalised_and_split() -> None:
    known = pictures.pictures("digits", 14, tested=60)
    assert known.train_images.shape[1:] == (1, 14, 14)
    assert len(known.validation_labels) == len(known.test_labels) == len(known.test_images) == 60
    assert abs(float(known.train_images.mean())) < 0.01
    assert float(known.train_images.std()) == pytest.approx(1, abs=0.01)
    with pytest.raises(ValueError, match="'letters'"):
        pictures.pictures("letters", 14)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="4 to 32 pixels"):
        pictures.pictures("photographs", 64)


def test_photographs_are_in_grey_or_colours_mixed_and_announced() -> None:
    grey = pictures.pictures("grey photographs", 8)
    colours = pictures.pictures("photographs", 8, tested=30)
    assert grey.train_images.shape[1:] == (1, 8, 8)
    assert colours.train_images.shape[1:] == (3, 8, 8)
    assert len(colours.test_labels) == 30
    assert len(set(grey.test_labels[:30].tolist())) > 3, "the copy is sorted by class"
    assert torch.equal(grey.test_labels[:30], colours.test_labels)
    assert any(word in grey.data.detail for word in ("lossy", "official")) or grey.data.stand_in


@pytest.mark.parametrize(
    ("file", "version"), [("cifar10_jpeg.npz", "jpeg"), ("cifar-10-binary.tar.gz", "official"), ("none", "official")]
)
def test_photographs_can_be_downloaded_where_the_copy_is_not_at_hand(monkeypatch, tmp_path, file, version) -> None:
    """The copy has no address: asked for alone it would be a stand-in even where the official photographs are there."""
    monkeypatch.setenv("AIGA_DATA", str(tmp_path))
    monkeypatch.setenv("AIGA_CACHE", str(tmp_path / "cache"))
    (tmp_path / "cifar10").mkdir()
    (tmp_path / "cifar10" / file).touch()
    asked = []
    monkeypatch.setattr(datasets, "cifar10", lambda version: asked.append(version) or _few_photographs())
    pictures.pictures("photographs", 8, tested=3)
    assert asked == [version]


def _few_photographs() -> datasets.Photographs:
    images = torch.randint(0, 256, (40, 3, 32, 32), dtype=torch.uint8, generator=torch.Generator().manual_seed(0))
    labels = torch.arange(40) % 10
    return datasets.Photographs(images, labels, images[:10], labels[:10], tuple("abcdefghij"), Data("cifar10"))
