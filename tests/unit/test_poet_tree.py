"""The family tree to click through: every course is in it, and it needs no script."""

import re
from dataclasses import replace

import numpy as np
import pytest
from bs4 import BeautifulSoup

from aiga.poet.algorithm import init, step
from aiga.poet.biped import Biped
from aiga.poet.courses import CELL, Encoding
from aiga.poet.hopper import Hopper, heights
from aiga.poet.hopper_runs import SCALES
from aiga.poet.pictures import scene
from aiga.poet.settings import PAPER
from aiga.poet.state import State, Transfer
from aiga.poet.tree import origin, said, tree
from aiga.poet.world import World


@pytest.fixture(scope="module")
def run() -> tuple[World, State]:
    settings = SCALES["ci"]["poet"].settings
    world = World(Hopper(), replace(settings, rule=replace(settings.rule, pairs=16)))
    state = init(world, 100)
    for _ in range(30):
        step(state, world)
    assert len(state.niches) > 2
    return world, state


def test_every_course_has_a_button_and_its_picture_right_behind_it(run: tuple[World, State]) -> None:
    world, state = run
    page = BeautifulSoup(tree(world, state, start=1)._repr_html_(), "html.parser")
    buttons = page.select("input[type=radio]")
    assert len(buttons) == len(state.niches)
    assert len({button["name"] for button in buttons}) == 1
    for button, niche in zip(buttons, state.niches, strict=True):
        assert said(niche) in str(button["aria-label"])
        shown = button.find_next_sibling()
        assert shown is not None
        assert origin(niche, state) in shown.get_text()
        picture = shown.select_one("svg[role=img]")
        assert picture is not None
        assert f"{niche.best:.0f} points" in picture["aria-label"]
    assert [button.has_attr("checked") for button in buttons].index(True) == 1
    assert page.find("script") is None
    assert not re.search(r"https?://|url\(", str(page))
    assert said(state.niches[2]) in repr(tree(world, state))


def test_buttons_stand_later_to_the_right_and_children_below(run: tuple[World, State]) -> None:
    world, state = run
    page = BeautifulSoup(tree(world, state).page, "html.parser")
    places = [
        tuple(float(number) for number in re.findall(r"(?:left|top):([\d.]+)", str(button["style"])))
        for button in page.select("input[type=radio]")
    ]
    for niche in state.niches[1:]:
        (left, top), (before, above) = places[niche.uid], places[niche.parent]
        assert left > before
        assert top > above


def test_origin_names_the_agents_that_moved_in(run: tuple[World, State]) -> None:
    _, state = run
    niche = state.niches[1]
    [admission] = [each for each in state.admissions if each.niche == 1]
    alone = replace_transfers(state, [])
    assert origin(niche, alone).endswith("No agent moved in later.")
    assert f"child of course {admission.parent}" in origin(niche, alone)
    moved = replace_transfers(state, [Transfer(7, 2, 1, False, -12.0, 240.0), Transfer(9, 0, 1, True, 240.0, 250.0)])
    assert "moved in 2 times" in origin(niche, moved)
    assert "course 2's, at iteration 7, -12 points before and 240 after" in origin(niche, moved)


def replace_transfers(state: State, transfers: list[Transfer]) -> State:
    other = State(seed=state.seed)
    other.load_state_dict(state.state_dict())
    other.transfers = transfers
    return other


def test_trees_are_for_hoppers_and_for_courses_that_exist(run: tuple[World, State]) -> None:
    world, state = run
    with pytest.raises(ValueError, match="unknown course 99"):
        tree(world, state, start=99)
    with pytest.raises(ValueError, match="got Biped"):
        tree(World(Biped(), PAPER), state)


def test_a_scene_holds_ground_and_path() -> None:
    course = heights(Encoding(pit=(2.0, 2.0)), 0)
    path = np.stack([np.linspace(1, 5, 50), np.full(50, 0.5)], 1)
    picture = BeautifulSoup(scene(course, path, alt="a hopper that flies"), "html.parser")
    svg = picture.select_one("svg")
    assert svg is not None
    assert svg["aria-label"] == "a hopper that flies"
    width = float(str(svg["viewbox"]).split()[2])
    metres = len(course) * CELL / 4
    line = picture.select("path")[1]
    steps = [float(number) for number in re.findall(r"-?\d+", str(line["d"]))]
    travelled = steps[0] + sum(steps[2::2])
    assert travelled / width == pytest.approx(5 / metres, abs=0.002)
    with pytest.raises(ValueError, match="cannot see"):
        scene(course, path, alt=" ")
    with pytest.raises(ValueError, match="0 places"):
        scene(course, path[:0], alt="nobody")
