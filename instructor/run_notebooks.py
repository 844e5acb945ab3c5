"""Execute notebooks on the reference, with progress on the screen, and keep them as HTML.

``python -m instructor run`` runs all of them; ``--quick`` shortens the training by
what each cell tagged ``parameters`` carries as ``quick``.
"""

from __future__ import annotations

import argparse
import os
import re
import time
from pathlib import Path
from typing import Any

import nbformat
from jinja2 import DictLoader
from nbclient import NotebookClient
from nbconvert import HTMLExporter
from tqdm import tqdm

from cs231n_rnn.checking.manifest import read_manifest
from cs231n_rnn.files import ROOT, write_text
from instructor.exercises import reference_files
from instructor.overlay import overlay

# Twice the time that a notebook may take: a cell beyond it hangs.
CELL_SECONDS = 600


# The HTML template of JupyterLab leaves out the text alternative of a picture.
PAGE = """{%- extends 'lab/index.html.j2' -%}
{% block data_png scoped %}
<img alt="{{ output | get_metadata('alt', 'image/png') | escape_html }}"
width="{{ output | get_metadata('width', 'image/png') }}" style="max-width: 100%"
src="data:image/png;base64,{{ output.data['image/png'] }}">
{% endblock data_png %}"""


class ShownClient(NotebookClient):
    """Executes a notebook and shows beside its progress bar what it printed last."""

    bar: tqdm

    def process_message(self, msg: Any, cell: Any, cell_index: int) -> Any:
        """Pass a message on to the notebook, and its last line to the screen."""
        if msg["msg_type"] == "stream":
            lines = [part for part in re.split(r"[\r\n]", msg["content"]["text"]) if part.strip()]
            if lines:
                self.bar.set_postfix_str(lines[-1].strip())
        return super().process_message(msg, cell, cell_index)


def run_notebook(path: Path, quick: bool = False) -> Any:
    """Execute a notebook in its own folder.

    Parameters
    ----------
    path : Path
        The notebook.
    quick : bool
        Use each parameter cell's shortened values.

    Returns
    -------
    notebook
        With its outputs.

    Raises
    ------
    nbclient.exceptions.CellExecutionError
        If a cell fails.
    """
    notebook = nbformat.read(path, as_version=4)
    if quick:
        _shorten(notebook)
    client = ShownClient(
        notebook,
        timeout=CELL_SECONDS,
        kernel_name="python3",
        coalesce_streams=True,
        extra_arguments=["--IPKernelApp.log_level=40"],  # errors only
        resources={"metadata": {"path": str(path.parent)}},
    )
    start = time.monotonic()
    # On a terminal alone (disable=None): a log keeps to whole lines.
    client.bar = tqdm(
        desc=path.stem, total=len(notebook.cells), unit="cell", leave=False, disable=None
    )
    client.on_cell_start = lambda cell, cell_index: client.bar.update(cell_index - client.bar.n)
    with client.bar:
        client.execute()
    print(f"{path.stem} ran in {time.monotonic() - start:.0f} s", flush=True)
    return notebook


def _shorten(notebook: Any) -> None:
    """Put a cell with the shortened values after each parameter cell."""
    cells = []
    for cell in notebook.cells:
        cells.append(cell)
        if "parameters" in cell.metadata.get("tags", []):
            cells.append(nbformat.v4.new_code_cell(cell.metadata["quick"]))
    notebook.cells = cells


def complaints(notebook: Any) -> list[str]:
    """What an executed notebook wrote to standard error; a reader should never see any."""
    return [
        output.text
        for cell in notebook.cells
        for output in cell.get("outputs", [])
        if output.get("output_type") == "stream" and output.get("name") == "stderr"
    ]


def write_html(notebook: Any, path: Path) -> None:
    """Write an executed notebook as one HTML page."""
    exporter = HTMLExporter(extra_loaders=[DictLoader({"page": PAGE})], template_file="page")
    body, _ = exporter.from_notebook_node(notebook, {"metadata": {"name": path.stem}})
    write_text(path, body)


def run_all(names: list[str], out: Path, quick: bool = False) -> Path:
    """Execute notebooks in a fresh reference tree and leave them in ``out`` as HTML.

    Parameters
    ----------
    names : list of str
        Notebooks, without ``.ipynb``.
    out : Path
    quick : bool

    Returns
    -------
    Path
        The tree, in which the notebooks left their ``results``.

    Raises
    ------
    RuntimeError
        If a notebook wrote to standard error.
    """
    solutions = reference_files(ROOT)
    tree = overlay(solutions, ROOT / "build" / "notebooks")
    out.mkdir(parents=True, exist_ok=True)
    os.environ.setdefault("CS231N_RNN_DATASETS", str(ROOT / "datasets"))
    for name in names:
        notebook = run_notebook(tree / "notebooks" / f"{name}.ipynb", quick)
        write_html(notebook, out / f"{name}.html")
        if found := complaints(notebook):
            raise RuntimeError(f"{name} wrote to standard error: {found[0]}")
    return tree


def main() -> int:
    """Command line."""
    known = list(read_manifest().notebooks)
    parser = argparse.ArgumentParser(prog="python -m instructor run", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NOTEBOOK", help=f"of {', '.join(known)}")
    parser.add_argument("--quick", action="store_true", help="shortened training")
    parser.add_argument("--out", type=Path, default=ROOT / "build" / "html", help="for the HTML")
    arguments = parser.parse_args()
    if unknown := sorted(set(arguments.names) - set(known)):
        parser.error(f"no notebook {', '.join(unknown)}; there are {', '.join(known)}")
    run_all(arguments.names or known, arguments.out, arguments.quick)
    return 0
