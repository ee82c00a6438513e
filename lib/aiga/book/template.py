"""The setup cell: the same text in every notebook."""

from aiga.book import address

ARCHIVE = address.current().archive

SETUP = f"""\
# On Colab this installs the book's library; where the library is there already it does nothing.
import importlib.util
import subprocess
import sys
from importlib.metadata import distributions

if importlib.util.find_spec("aiga") is None:
    # Named with the versions that are loaded, these packages stay as they are.
    keep = {{"torch", "numpy", "ipython", "ipywidgets"}}
    kept = [f"{{d.name}}=={{d.version}}" for d in distributions() if d.name.lower() in keep]
    source = "{ARCHIVE}"
    command = [sys.executable, "-m", "pip", "install", "-q", f"aiga-book @ {{source}}", *kept]
    subprocess.run(command, check=True)
    importlib.invalidate_caches()"""

PARAMETERS = """\
scale: str = "ci"
seed: int = 0
device: str = "auto\""""

BADGE = f"{address.current().colab}notebooks/"
"""Where a Colab badge leads; the notebook's file name follows."""
