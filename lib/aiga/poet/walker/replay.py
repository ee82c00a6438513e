"""A player for a web page: walkers on their courses, moving, without Python behind them.

What is shown was computed before; the page only plays it. It is one piece of HTML that asks no other host for anything,
so it works in Jupyter, on Colab and in a static page.
"""

import hashlib
import html
import json
from collections.abc import Mapping

from aiga.poet.walker import render


def player(scenes: Mapping[str, str], *, alt: str, rays: bool = True) -> str:
    """HTML that plays episodes, one of several by choice.

    It begins to play when it is seen, and waits for a click where the reader prefers still pages.

    Args:
        scenes: for each name in the list of choices an episode, from :func:`aiga.poet.walker.traces.compact`.
        alt: what is to be seen, for those who cannot see it.
        rays: whether lidar rays are drawn.

    Raises:
        ValueError: there is no scene.
    """
    if not scenes:
        raise ValueError("no scenes: expected at least one episode, from aiga.poet.walker.traces.compact")
    data = "[" + ",".join(scenes.values()) + "]"
    mark = "walker-" + hashlib.sha256((data + "".join(scenes)).encode()).hexdigest()[:12]
    choices = "".join(f"<option value='{k}'>{html.escape(name)}</option>" for k, name in enumerate(scenes))
    hidden = "hidden" if len(scenes) == 1 else ""
    look = {
        "sky": render.SKY, "soil": render.SOIL, "grass": render.GRASS, "block": render.BLOCK, "hull": render.HULL,
        "near": render.NEAR_LEG, "far": render.FAR_LEG, "ray": render.RAY, "rays": rays,
        "width": 1000 * render.WIDTH, "height": 1000 * render.HEIGHT, "behind": 1000 * render.BEHIND,
        "below": 1000 * render.BELOW, "slack": 1000 * render.SLACK,
    }  # fmt: skip
    script = _SCRIPT.replace("MARK", json.dumps(mark)).replace("LOOK", json.dumps(look)).replace("DATA", data)
    return (
        f"<div id='{mark}' style='max-width:44em'>"
        f"<canvas width='1000' height='350' role='img' aria-label='{html.escape(alt, quote=True)}' "
        "style='width:100%;height:auto;display:block'>This picture moves only where scripts run.</canvas>"
        "<div style='display:flex;gap:.6em;align-items:center;flex-wrap:wrap;margin-top:.3em'>"
        "<button type='button' aria-label='play or pause'>play</button>"
        "<input type='range' min='0' value='0' step='1' aria-label='moment' style='flex:1;min-width:8em'>"
        f"<label {hidden}>show <select>{choices}</select></label><output style='min-width:5em'></output></div></div>"
        f"<script>{script}</script>"
    )


_SCRIPT = """
(() => {
  const look = LOOK, scenes = DATA, box = document.getElementById(MARK);
  if (!box || box.dataset.ready) return;
  box.dataset.ready = 1;
  const canvas = box.querySelector("canvas"), pen = canvas.getContext("2d"), button = box.querySelector("button");
  const slider = box.querySelector("input"), choice = box.querySelector("select"), said = box.querySelector("output");
  let scene, poses, rays, frame = 0, playing = false, since = 0;
  function open(one) {
    scene = one;
    const bytes = Uint8Array.from(atob(one.frames), c => c.charCodeAt(0)), wide = 15 + one.rays.length;
    const numbers = new DataView(bytes.buffer), count = bytes.length / 2 / wide, last = one.origin.slice();
    poses = []; rays = [];
    for (let k = 0; k < count; k++) {
      for (let j = 0; j < 15; j++) last[j] += numbers.getInt16(2 * (k * wide + j), true);
      poses.push(last.slice());
      rays.push(one.rays.map((_, j) => numbers.getInt16(2 * (k * wide + 15 + j), true) / 1000));
    }
    slider.max = count - 1; frame = 0; draw();
  }
  function shape(points, colour, edge) {
    pen.beginPath(); points.forEach(p => pen.lineTo(p[0], p[1])); pen.closePath();
    pen.fillStyle = colour; pen.fill();
    if (edge) { pen.strokeStyle = "#222"; pen.stroke(); }
  }
  function draw() {
    const pose = poses[frame], scale = canvas.width / look.width, left = pose[0] - look.behind;
    const low = Math.min(scene.origin[1], pose[1] + look.slack) - look.below, place = p =>
      [(p[0] - left) * scale, canvas.height - (p[1] - low) * scale];
    pen.lineWidth = 1; pen.fillStyle = look.sky; pen.fillRect(0, 0, canvas.width, canvas.height);
    const ground = scene.ground.map(place);
    shape([...ground, [ground[ground.length - 1][0], canvas.height], [ground[0][0], canvas.height]], look.soil);
    scene.obstacles.forEach(each => shape(each.map(place), look.block));
    pen.beginPath(); ground.forEach(p => pen.lineTo(p[0], p[1]));
    pen.strokeStyle = look.grass; pen.lineWidth = 2; pen.stroke(); pen.lineWidth = 1;
    if (look.rays) {
      pen.strokeStyle = look.ray; pen.setLineDash([2, 3]);
      scene.rays.forEach((reach, j) => {
        const end = place([pose[0] + reach[0] * rays[frame][j], pose[1] + reach[1] * rays[frame][j]]);
        pen.beginPath(); pen.moveTo(...place(pose)); pen.lineTo(...end); pen.stroke();
      });
      pen.setLineDash([]);
    }
    for (const [b, colour] of [[1, look.far], [2, look.far], [0, look.hull], [3, look.near], [4, look.near]]) {
      const [x, y, turn] = pose.slice(3 * b, 3 * b + 3), c = Math.cos(turn / 1000), s = Math.sin(turn / 1000);
      shape(scene.bodies[b].map(p => place([x + c * p[0] - s * p[1], y + s * p[0] + c * p[1]])), colour, true);
    }
    slider.value = frame;
    said.textContent = (frame / scene.fps).toFixed(1) + " s, " + ((pose[0] - poses[0][0]) / 1000).toFixed(1) + " m";
  }
  function tick(now) {
    if (!playing || !box.isConnected) return;
    const due = Math.floor((now - since) * scene.fps / 1000);
    if (due > 0) { since += due * 1000 / scene.fps; frame = Math.min(frame + due, poses.length - 1); draw(); }
    if (frame === poses.length - 1) set(false); else requestAnimationFrame(tick);
  }
  function set(on) {
    if (on && frame === poses.length - 1) frame = 0;
    playing = on; button.textContent = on ? "pause" : "play";
    if (on) { since = performance.now(); requestAnimationFrame(tick); }
  }
  button.onclick = () => set(!playing);
  slider.oninput = () => { set(false); frame = +slider.value; draw(); };
  choice.onchange = () => { open(scenes[+choice.value]); set(true); };
  open(scenes[0]);
  if (!matchMedia("(prefers-reduced-motion: reduce)").matches)
    new IntersectionObserver((seen, watcher) => {
      if (seen.some(each => each.isIntersecting)) { watcher.disconnect(); set(true); }
    }).observe(canvas);
})();
"""
