"""The family tree of courses to click through: on a page without a kernel, without a network, without a script.

Every course is a radio button of HTML, so that a mouse, a finger, the arrow keys and a screen reader all choose one in
the way that they know; what is shown of a course stands right behind its button, and a line of style hides the rest.
"""

import html
from dataclasses import dataclass

from aiga.poet.courses import Hard
from aiga.poet.figures import described, rows
from aiga.poet.hopper import HARD, Hopper
from aiga.poet.looks import LEVEL_NAMES, LEVELS
from aiga.poet.pictures import STILL, scene
from aiga.poet.state import Niche, State
from aiga.poet.world import World
from aiga.viz.style import CARD, INK, MUTED, VERMILION

_ROW = 16
"""Pixels between two courses of the tree."""
_MARGIN = 14
_SHAPES = ("circle", "square", "bar", "diamond")

_STYLE = f"""
.aiga-family{{background:{CARD};color:{INK};padding:6px 12px;border-radius:4px;font-size:.9rem}}
.aiga-family .aiga-tree{{position:relative}}
.aiga-family .aiga-lines{{position:absolute;top:0;left:0;width:100%}}
.aiga-family input{{appearance:none;position:absolute;width:14px;height:14px;margin:-7px 0 0 -7px;cursor:pointer;
border:2.5px solid var(--c);background:{CARD};z-index:1}}
.aiga-family input.solved,.aiga-family i{{background:var(--c)}}
.aiga-family .circle{{border-radius:50%}}
.aiga-family .diamond{{transform:rotate(45deg) scale(.85)}}
.aiga-family .bar{{transform:scaleX(.55)}}
.aiga-family input:checked{{box-shadow:0 0 0 3px {CARD},0 0 0 6px {INK};z-index:2}}
.aiga-family input:focus-visible{{outline:3px solid {INK};outline-offset:7px}}
.aiga-family .aiga-niche{{display:none}}
.aiga-family input:checked + .aiga-niche{{display:block}}
.aiga-family p{{margin:.3em 0;color:{INK}}}
.aiga-family .aiga-key span{{display:inline-block;margin-right:1.2em}}
.aiga-family i{{display:inline-block;width:11px;height:11px;margin-right:.4em}}
.aiga-family .aiga-wide{{overflow-x:auto}}
.aiga-family .aiga-wide svg{{min-width:600px}}
{STILL}
"""


@dataclass(frozen=True)
class Tree:
    """A family tree as notebooks and pages show it."""

    page: str
    text: str
    """The same for terminals: a line for each course."""

    def _repr_html_(self) -> str:
        return self.page

    def __repr__(self) -> str:
        return self.text


def tree(world: World, state: State, *, start: int | None = None, name: str = "family", hard: Hard = HARD) -> Tree:
    """All courses of a run on hoppers; a chosen one is shown with its agent at its best, and where that came from.

    Args:
        world: of hoppers.
        state: the run.
        start: which course is shown first; the last one that was solved, if none is named.
        name: of the tree, of which a page may have several.
        hard: from where on a difficulty counts.

    Raises:
        ValueError: the world's agents are no hoppers, or there is no such course.
    """
    if not isinstance(world.substrate, Hopper):
        raise ValueError(f"this tree shows hoppers, got {type(world.substrate).__name__}")
    niches, place = state.niches, rows(state.niches)
    first = max((niche.uid for niche in niches if niche.solved >= 0), default=0) if start is None else start
    if first not in place:
        raise ValueError(f"unknown course {first}: choose 0 to {len(niches) - 1}")
    height = _ROW * (len(niches) - 1) + 2 * _MARGIN
    body = "".join(
        _button(niche, state, place[niche.uid], hard, name=name, checked=niche.uid == first)
        + f'<div class="aiga-niche">{_moves(niche, state, place, height)}{_shown(niche, world, world.substrate)}'
        + f"<p>{origin(niche, state)}</p></div>"
        for niche in niches
    )
    key = "".join(
        f'<span style="--c:{colour}"><i class="{shape}"></i>{words}</span>'
        for colour, shape, words in zip(LEVELS, _SHAPES, LEVEL_NAMES, strict=True)
    )
    page = (
        f'<style>{_STYLE}</style><div class="aiga-family" role="radiogroup" aria-label="family tree of courses">'
        f'<p class="aiga-key">{key}<span>hollow: never solved</span>'
        f"<span>dashed: agents that moved into the chosen course</span></p>"
        f'<p class="aiga-key">from left to right: iterations 0 to {state.iteration}</p>'
        f'<div class="aiga-tree" style="padding-top:{height}px">{_lines(state, place, height)}{body}</div></div>'
    )
    return Tree(page, "\n".join(f"{said(niche)}. {origin(niche, state)}" for niche in niches))


def said(niche: Niche) -> str:
    """A course in words."""
    solved = f"solved at iteration {niche.solved}" if niche.solved >= 0 else "never solved"
    return f"Course {niche.uid}, iteration {niche.born}: {described(niche)}; {solved}"


def origin(niche: Niche, state: State) -> str:
    """Where a course and its agents came from, in words."""
    if niche.parent < 0:
        first = "The first course, with an agent of small random weights"
    else:
        [admission] = [each for each in state.admissions if each.niche == niche.uid]
        whose = "that course's" if admission.agent_of == niche.parent else f"course {admission.agent_of}'s"
        step = " after one step of learning here" if admission.proposal else ""
        first = (
            f"A child of course {niche.parent}; its first agent was {whose}{step}, with {admission.score:.0f} points"
        )
    moved = [each for each in state.transfers if each.target == niche.uid]
    if not moved:
        return f"{first}. No agent moved in later."
    jump = max(moved, key=lambda each: each.after - each.before)
    times = "once" if len(moved) == 1 else f"{len(moved)} times"
    return (
        f"{first}. Agents of other courses moved in {times}; what that brought most: course {jump.source}'s, at "
        f"iteration {jump.iteration}, {jump.before:.0f} points before and {jump.after:.0f} after."
    )


def _left(iteration: int, state: State) -> float:
    """Where an iteration is, in percent of the width."""
    return 2 + 96 * iteration / max(1, state.iteration)


def _top(row: int) -> int:
    return _MARGIN - _ROW * row


def _button(niche: Niche, state: State, row: int, hard: Hard, *, name: str, checked: bool) -> str:
    level = hard.level(niche.encoding)
    label = html.escape(f"{said(niche)}; {LEVEL_NAMES[level]}", quote=True)
    kind = f"{_SHAPES[level]}{' solved' if niche.solved >= 0 else ''}"
    place = f"left:{_left(niche.born, state):.2f}%;top:{_top(row)}px"
    return (
        f'<input type="radio" name="{name}" class="{kind}" style="--c:{LEVELS[level]};{place}" '
        f'aria-label="{label}" title="{label}"{" checked" if checked else ""}>'
    )


def _lines(state: State, place: dict[int, int], height: int) -> str:
    """From each course to its children, and for how long it was active."""
    parts = []
    for niche in state.niches:
        row, last = _top(place[niche.uid]), state.iteration if niche.retired < 0 else niche.retired
        born, end = 10 * _left(niche.born, state), 10 * _left(last, state)
        parts.append(f'<path d="M{born:.0f} {row}H{end:.0f}" stroke="{MUTED}" stroke-opacity=".5"/>')
        if niche.parent >= 0:
            parts.append(f'<path d="M{born:.0f} {_top(place[niche.parent])}V{row}" stroke="{INK}"/>')
    return _layer(parts, height)


def _moves(niche: Niche, state: State, place: dict[int, int], height: int) -> str:
    """From where agents moved into a course, at admission and later."""
    sources = [(each.iteration, each.agent_of) for each in state.admissions if each.niche == niche.uid]
    sources += [(each.iteration, each.source) for each in state.transfers if each.target == niche.uid]
    parts = [
        f'<path d="M{10 * _left(iteration, state):.0f} {_top(place[source])}V{_top(place[niche.uid])}" '
        f'stroke="{VERMILION}" stroke-width="2.5" stroke-dasharray="5 4"/>'
        for iteration, source in sources
    ]
    return _layer(parts, height)


def _layer(parts: list[str], height: int) -> str:
    """Lines behind the tree's buttons; across they stretch with the page."""
    joined = "".join(parts).replace("/>", ' fill="none" vector-effect="non-scaling-stroke"/>')
    return (
        f'<svg class="aiga-lines" aria-hidden="true" viewBox="0 0 1000 {height}" height="{height}" '
        f'preserveAspectRatio="none">{joined}</svg>'
    )


def _shown(niche: Niche, world: World, hopper: Hopper) -> str:
    course = world.of(niche)
    path = hopper.trace(niche.best_theta, course)
    words = f"{said(niche)}; its agent at its best gets {niche.best:.0f} points."
    picture = scene(course, path, alt=f"A hopper on course {niche.uid}, which gets {niche.best:.0f} points.")
    return f'<p><b>{words}</b></p><div class="aiga-wide" tabindex="0">{picture}</div>'
