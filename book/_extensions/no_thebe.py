"""Leave thebe, the runner of code within pages, out of the pages.

Jupyter Book always loads its extension, which puts the same constant into every page twice (an error in the browser's
console) beside the address of a script on another host.
"""

from sphinx.application import Sphinx


def setup(app: Sphinx) -> dict[str, bool]:
    """Take the extension's listeners out."""
    for listeners in app.events.listeners.values():
        listeners[:] = [each for each in listeners if each.handler.__module__ != "sphinx_thebe"]
    app.registry.css_files[:] = [each for each in app.registry.css_files if each[0] != "sphinx-thebe.css"]
    return {"parallel_read_safe": True, "parallel_write_safe": True}
