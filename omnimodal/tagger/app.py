"""The hydra application around `run`: `omnimodal train-tagger`."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

import hydra
from hydra.core.hydra_config import HydraConfig
from hydra.core.plugins import Plugins

from omnimodal.errors import OmnimodalError
from omnimodal.train.app import CONF, PluginConfigs


@hydra.main(version_base="1.3", config_path=f"pkg://{CONF}", config_name="tagger")
def _main(cfg: Any) -> None:
    from omnimodal.tagger.report import print_run
    from omnimodal.tagger.train import CHECKPOINT, run

    folder = Path(HydraConfig.get().runtime.output_dir)
    try:
        print_run(run(cfg, folder), folder)
    except KeyboardInterrupt:
        kept = f": the same with resume={folder} goes on where it was" if (folder / CHECKPOINT).exists() else ""
        print(f"Interrupted{kept}", file=sys.stderr)
        sys.exit(130)
    except Exception as error:
        if os.environ.get("HYDRA_FULL_ERROR") == "1":
            raise
        kind = "" if isinstance(error, OmnimodalError) else f"{type(error).__name__}: "
        sys.exit(f"Error: {kind}{error}\n(omnimodal --debug train-tagger … shows where)")


def main() -> None:
    """Read the command line and run."""
    Plugins.instance().register(PluginConfigs)
    _main()
