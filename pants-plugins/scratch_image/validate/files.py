"""The files in the layers of images, as they are looked into after the layers were read."""

from __future__ import annotations

from typing import Dict, Optional, Tuple

from scratch_image.binary.facts import BinaryFacts
from scratch_image.binary.mapped import mapped
from scratch_image.binary.read import read_facts
from scratch_image.layout.layers import LayerBlob, Layers
from scratch_image.oci.numbers import counted

# Facts of a file, and why there are none.
Found = Tuple[Optional[BinaryFacts], str]


class Files:
    """Reads files of layers; what was read of a file once is kept. Raises OSError."""

    def __init__(self, layers: Layers) -> None:
        self._layers = layers
        self._facts: Dict[Tuple[str, str], Found] = {}

    def facts(self, layer: LayerBlob, name: str) -> Found:
        """What the file `name` of a layer is, or why that is not known."""
        key = (layer.digest, name)
        if key not in self._facts:
            file, why = self._layers.file(layer, name)
            if file is None:
                self._facts[key] = None, why
            else:
                with file, mapped(file) as view:
                    self._facts[key] = read_facts(view), ""
        return self._facts[key]

    def content(self, layer: LayerBlob, name: str, most: int) -> Tuple[Optional[bytes], str]:
        """The bytes of the file `name` of a layer, or why they were not read."""
        file, why = self._layers.file(layer, name)
        if file is None:
            return None, why
        with file:
            if file.seek(0, 2) > most:
                return None, f"the file has more than {counted(most, 'byte')}"
            file.seek(0)
            return file.read(), ""
