"""Models on the Hugging Face hub: `hf://owner/name@revision` wherever a model is named (extra [hub]).

Only what a bundle's manifest lists is fetched, at one commit; `Bundle.open` compares the files' hashes as it does those
of any bundle. huggingface_hub keeps them in its own cache, from which they are read when there is no network.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .errors import BundleError, ModelError, OutputError, name_install

PREFIX = "hf://"
README = "README.md"  # the hub shows it as the model's card

_ADDRESS = re.compile(r"hf://(?P<repository>[\w.-]+/[\w.-]+)(?:@(?P<revision>[\w./-]+))?")


@dataclass(frozen=True, slots=True)
class HubAddress:
    """Where a model lies.

    Attributes:
        repository: Owner and name.
        revision: A branch, tag or commit; None: the main branch.
    """

    repository: str
    revision: str | None = None

    @classmethod
    def parse(cls, text: str) -> "HubAddress":
        """Parse hf://owner/name[@revision].

        Raises:
            BundleError: It is none.
        """
        found = _ADDRESS.fullmatch(text)
        if not found:
            raise BundleError(f"model {text!r:.200}: expected {PREFIX}owner/name or {PREFIX}owner/name@revision")
        return cls(found["repository"], found["revision"])

    def __str__(self) -> str:
        return f"{PREFIX}{self.repository}" + (f"@{self.revision}" if self.revision else "")

    def fetch(self, names: Iterable[str]) -> Path:
        """The folder of a commit with these files (at least one), downloaded unless they are in the hub's cache.

        Raises:
            BundleError: No such model or revision, or neither a network nor a copy in the cache.
            ModelError: huggingface_hub is not installed.
        """
        hub = _import_hub()
        try:
            paths = [hub.hf_hub_download(self.repository, name, revision=self.revision) for name in names]
        except (OSError, ValueError) as error:  # what huggingface_hub and its HTTP client raise
            raise BundleError(f"{self}: cannot be fetched: {_first_line(error)}") from error
        return Path(paths[0]).parent

    def push(self, folder: Path, names: Iterable[str], manifest: Mapping[str, Any], private: bool = False) -> str:
        """Upload files of a bundle as one commit, with a card made of its manifest; makes the repository.

        Returns:
            The commit's address.

        Raises:
            OutputError: The hub refused; nothing of the commit is there.
            ModelError: huggingface_hub is not installed.
        """
        hub = _import_hub()
        card = _write_card(self.repository, manifest).encode()
        operations = [hub.CommitOperationAdd(name, folder / name) for name in names]
        operations.append(hub.CommitOperationAdd(README, card))
        api = hub.HfApi()
        try:
            api.create_repo(self.repository, private=private, exist_ok=True)
            commit = api.create_commit(
                self.repository,
                operations,
                commit_message=f"paintstorch-sdk bundle {manifest['name']}",
                revision=self.revision,
            )
        except (OSError, ValueError) as error:
            raise OutputError(
                f"{self}: cannot be pushed: {_first_line(error)}; log in with `hf auth login`, or set HF_TOKEN"
            ) from error
        return str(commit.commit_url)


def _import_hub() -> Any:
    try:
        import huggingface_hub
    except ImportError as error:
        raise ModelError(f"{PREFIX}: expected huggingface_hub, found none; {name_install('hub')}") from error
    return huggingface_hub


def _first_line(error: Exception) -> str:
    return str(error).strip().partition("\n")[0] or type(error).__name__


def _write_card(repository: str, manifest: Mapping[str, Any]) -> str:
    """The model's card in Markdown, with the head that the hub reads."""
    license_ = str(manifest.get("license", "other"))
    return f"""---
library_name: paintstorch-sdk
license: {license_.lower()}
pipeline_tag: image-to-image
tags: [line-art, colorization, onnx]
---

# {manifest["name"]}

A model of paintstorch-sdk, which colors line art from a few strokes:

    pts colorize lines.png --model {PREFIX}{repository}

License: {license_}. Where it comes from, the data and the command that made it are in manifest.json.
"""
