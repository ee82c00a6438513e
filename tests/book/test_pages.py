"""Every page, as a browser with no network shows it."""

import pytest

pytestmark = pytest.mark.needs_browser

WIDGETS = 'script[type="application/vnd.jupyter.widget-view+json"]'

# For every piece of text that can be seen: its colour, and what lies behind it. A canvas turns any colour that CSS can
# name into numbers; translucent grounds are laid over one another from the page upwards.
CONTRAST = """() => {
  const pen = Object.assign(document.createElement('canvas'), {width: 1, height: 1})
    .getContext('2d', {willReadFrequently: true});
  const over = (colours) => {
    pen.clearRect(0, 0, 1, 1);
    for (const colour of colours) { pen.fillStyle = colour; pen.fillRect(0, 0, 1, 1); }
    return [...pen.getImageData(0, 0, 1, 1).data].slice(0, 3);
  };
  const luminance = (colour) => {
    const [r, g, b] = colour.map(v => v / 255).map(v => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const texts = document.createTreeWalker(document.querySelector('main'), NodeFilter.SHOW_TEXT);
  const found = [];
  while (texts.nextNode()) {
    const text = texts.currentNode.textContent.trim(), element = texts.currentNode.parentElement;
    const seen = element.checkVisibility({opacityProperty: true, visibilityProperty: true});
    if (!text || !seen || element.closest('script, style, svg, mjx-assistive-mml')) continue;
    const grounds = [];
    for (let at = element; at; at = at.parentElement) grounds.unshift(getComputedStyle(at).backgroundColor);
    grounds.unshift('white');
    const back = luminance(over(grounds)), front = luminance(over([...grounds, getComputedStyle(element).color]));
    const ratio = (Math.max(front, back) + 0.05) / (Math.min(front, back) + 0.05);
    found.push([Math.round(ratio * 100) / 100, element.tagName + '.' + element.className, text.slice(0, 40)]);
  }
  return found;
}"""

WIDE = """() => [...document.querySelectorAll('main *')]
  .filter(each => each.getBoundingClientRect().right > innerWidth + 1)
  .map(each => each.tagName + '.' + each.className).slice(0, 8)"""


def test_asks_nobody_else_and_nothing_fails(light):
    assert light.foreign == []
    assert light.failed == []
    assert light.errors == []


def test_has_a_title_and_one_first_heading(light):
    assert light.page.title().endswith("AI-Generating Algorithms")
    assert len(light.each("article h1", "each => each.textContent.trim()")) == 1


def test_every_image_is_there_and_described(light):
    looks = "each => [each.getAttribute('src'), each.getAttribute('alt'), each.complete && each.naturalWidth > 0]"
    for source, alt, loaded in light.each("img", looks):
        assert loaded, f"{source} did not load"
        # The logo is an ornament beside the book's name: there, and only there, nothing is to be said.
        assert (alt or "").strip() or (alt == "" and "logo" in source), f"{source} has no alt text"
        # Without a description of one's own, the file's name becomes the alt text.
        assert not alt.endswith((".png", ".svg", ".jpeg", ".jpg")), f"{source} is described by a file name: {alt}"


def test_maths_is_set(light):
    unset = light.each("main .math", "each => each.querySelector('mjx-container') ? null : each.textContent")
    assert [text for text in unset if text is not None] == []
    assert light.each("mjx-merror", "each => each.textContent") == []
    visible = (
        "each => { const copy = each.cloneNode(true); copy.querySelectorAll('pre, code').forEach(c => c.remove());"
    )
    (text,) = light.each("main", visible + " return copy.textContent; }")
    assert "\\(" not in text
    assert "\\[" not in text


def test_widgets_are_drawn(light):
    drawn = f"""() => [...document.querySelectorAll('{WIDGETS}')].every(
      each => each.parentElement.querySelector('.jupyter-widgets')?.getBoundingClientRect().height > 0)"""
    light.page.wait_for_function(drawn, timeout=10_000)
    assert light.errors == []


def test_sliders_change_the_picture_without_a_kernel(light):
    handles = light.page.locator(".jupyter-widgets .noUi-handle")
    if not light.each(WIDGETS, "each => 1"):
        assert handles.count() == 0
        return
    handles.first.wait_for(timeout=10_000)
    shown = """() => [...document.querySelectorAll('.jupyter-widgets .widget-html-content')]
      .filter(each => each.offsetParent).map(each => each.innerHTML).join()"""
    for position in range(handles.count()):
        before = light.page.evaluate(shown)
        assert before
        handle = handles.nth(position)
        at_the_end = handle.get_attribute("aria-valuenow") == handle.get_attribute("aria-valuemax")
        handle.press("ArrowLeft" if at_the_end else "ArrowRight")
        light.page.wait_for_function(f"before => ({shown})() !== before", arg=before, timeout=5_000)


def test_can_be_found_by_those_who_do_not_see_it(light):
    assert light.each("html", "each => each.lang") == ["en"]
    assert len(light.each("main", "each => 1")) == 1
    assert light.each("a[href='#main-content']", "each => each.textContent.trim()") != []
    unnamed = light.each(
        "nav, a[href], button, input:not([type=hidden]):not([type=checkbox]), select",
        """each => {
          const named = each.getAttribute('aria-label') || each.getAttribute('aria-labelledby') || each.title
            || each.textContent.trim() || each.querySelector('img[alt]') || each.placeholder || each.labels?.length;
          return named || each.closest('.jupyter-widgets') ? null : each.outerHTML.slice(0, 120);
        }""",
    )
    # A landmark that is alone of its kind needs no name.
    assert [each for each in unnamed if each and not each.startswith("<nav")] == []


def test_text_stands_out_in_light_mode(light):
    _stands_out(light, "light")


def test_text_stands_out_in_dark_mode(phone):
    _stands_out(phone, "dark")


def _stands_out(seen, mode):
    assert seen.each("html", "each => each.dataset.theme") == [mode]
    texts = seen.page.evaluate(CONTRAST)
    assert len(texts) > 10
    assert [text for text in texts if text[0] < 4.5] == []


def test_fits_a_telephone(phone):
    width = phone.page.evaluate("() => document.scrollingElement.scrollWidth")
    assert width <= 390, f"{width} px wide; beyond the edge: {phone.page.evaluate(WIDE)}"
    # A page that cannot scroll sideways must not cut anything off either: what is wide scrolls in its own box.
    cut = phone.page.evaluate("""() => [...document.querySelectorAll('main table, main pre, main img, main svg')]
      .filter(each => each.getBoundingClientRect().right > innerWidth + 1)
      .filter(each => { for (let at = each; at; at = at.parentElement)
        if (['auto', 'scroll'].includes(getComputedStyle(at).overflowX)) return false; return true; })
      .map(each => each.outerHTML.slice(0, 100))""")
    assert cut == []
