"""YAML as people write it, read by libyaml where it is there: ten times sooner, which every start feels."""

from typing import Any

import yaml

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def read_yaml(text: str) -> Any:
    """Plain values, never objects (YAML 1.1, as PyYAML reads it); raises `yaml.YAMLError`, which knows the line."""
    return yaml.load(text, Loader=_LOADER)  # noqa: S506  both loaders are safe ones
