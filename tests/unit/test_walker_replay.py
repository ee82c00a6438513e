"""The player for pages: that its HTML is whole, and that it draws what it was given."""

from pathlib import Path

import numpy as np
import pytest

from aiga.poet.walker import Encoding, generate, rollout, weights
from aiga.poet.walker.replay import player
from aiga.poet.walker.traces import compact, trace_of


def scene(name: str, horizon: int) -> str:
    course = generate(Encoding(), 0)
    lived = rollout(weights.walker(name)[None], [course], [0], horizon=horizon, traced=True)
    return compact(trace_of(lived, 0), course, every=2)


def test_it_needs_no_other_host_and_names_are_escaped() -> None:
    page = player({"<b>one</b>": scene("walker_flat", 10)}, alt='the "walker"')
    assert "http" not in page
    assert "src=" not in page
    assert "&lt;b&gt;one" in page
    assert "aria-label='the &quot;walker&quot;'" in page
    assert "<label hidden>" in page
    assert player({"another": scene("walker_flat", 10)}, alt="") != player({"one": scene("walker_flat", 10)}, alt="")


def test_nothing_to_play_is_refused() -> None:
    with pytest.raises(ValueError, match="no scenes"):
        player({}, alt="nothing")


@pytest.mark.needs_browser
def test_a_browser_plays_it(chromium: str, tmp_path: Path) -> None:
    """It runs by itself to the end, another scene can be chosen, and a moment's picture is the moment's."""
    from playwright.sync_api import sync_playwright

    file = tmp_path / "page.html"
    page_of = player({"first": scene("walker_flat", 20), "second": scene("walker_pits", 120)}, alt="walkers")
    file.write_text(f"<!doctype html><meta charset='utf-8'>{page_of}", "utf8")
    wrong: list[str] = []
    with sync_playwright() as play:
        opened = play.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        page = opened.new_page(viewport={"width": 800, "height": 500})
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.goto(file.as_uri())
        page.wait_for_function("document.querySelector('input').value === '10'")
        page.wait_for_function("document.querySelector('button').textContent === 'play'")
        page.select_option("select", "1")
        page.click("button")
        pictures = {page.evaluate(_AT.format(moment)) for moment in (0, 30, 60, 30)}
        said = page.inner_text("output")
        opened.close()
    assert not wrong
    assert len(pictures) == 3  # the same moment looks the same again
    course = generate(Encoding(), 0)
    lived = rollout(weights.walker("walker_pits")[None], [course], [0], horizon=120, traced=True)
    x = trace_of(lived, 0).pose[[0, 60], 0, 0]
    assert said == f"1.2 s, {float(np.diff(x)[0]):.1f} m"


_AT = """() => {{
  const slider = document.querySelector("input");
  slider.value = {}; slider.oninput();
  return document.querySelector("canvas").toDataURL();
}}"""
