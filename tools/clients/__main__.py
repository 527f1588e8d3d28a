"""`make clients`: makes the Python and the TypeScript client anew from docs/openapi."""

import shutil
import tempfile
from pathlib import Path

from tools.clients.generate import python_client, typescript_client
from tools.clients.layout import GENERATED, HERE


def main() -> None:
    """Replace what was generated before, all of it: what a document lost, its client loses too."""
    with tempfile.TemporaryDirectory() as scratch:
        made = Path(scratch)
        python_client(made)
        typescript_client(made)
        for part in GENERATED:
            shutil.rmtree(HERE / part, ignore_errors=True)
            shutil.copytree(made / part, HERE / part)


if __name__ == "__main__":
    main()
