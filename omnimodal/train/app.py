"""The hydra application around `run`."""

from __future__ import annotations

import os
import sys
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any

import hydra
from hydra.core.config_search_path import ConfigSearchPath
from hydra.core.hydra_config import HydraConfig
from hydra.core.plugins import Plugins
from hydra.plugins.search_path_plugin import SearchPathPlugin

from omnimodal.errors import OmnimodalError

CONF = "omnimodal.conf"  # entry-point group: packages whose YAML files join ours


class PluginConfigs(SearchPathPlugin):
    """Adds the configuration packages of installed plug-ins to hydra's search path."""

    def manipulate_search_path(self, search_path: ConfigSearchPath) -> None:
        for point in entry_points(group=CONF):
            search_path.append(provider=point.name, path=f"pkg://{point.value}")


@hydra.main(version_base="1.3", config_path=f"pkg://{CONF}", config_name="train")
def _main(cfg: Any) -> None:
    from omnimodal.train.run import run

    try:
        run(cfg, Path(HydraConfig.get().runtime.output_dir))
    except Exception as error:
        if os.environ.get("HYDRA_FULL_ERROR") == "1":
            raise
        kind = "" if isinstance(error, OmnimodalError) else f"{type(error).__name__}: "
        sys.exit(f"Error: {kind}{error}\n(omnimodal --debug train … shows where)")


def main() -> None:
    """Read the command line and run."""
    Plugins.instance().register(PluginConfigs)
    _main()
