# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""One process of a training on several GPUs; torchrun starts it: `python -m aurad_monai.training.process REQUEST`.

Takes a JSON object with the bundle's folder, its configs in order, whom to trust and the entries to replace; gives what
the configs write.
"""

from __future__ import annotations

import json
import sys

from aurad_monai.bundles.gate import open_workflow


def run(request: str) -> None:
    """Run the workflow of one process."""
    asked = json.loads(request)
    workflow = open_workflow(asked["root"], asked["names"], trust=asked["trust"], **asked["settings"])
    workflow.initialize()
    workflow.run()
    workflow.finalize()


if __name__ == "__main__":
    run(sys.argv[1])
