"""The report of a run: the file for those who deploy (reference → digest, as JSON), and what processes of one run tell each
other."""

from __future__ import annotations

from typing import Dict, List, Mapping, Optional

from scratch_image.oci import canonical_json
from scratch_image.registry import json_object
from scratch_image.registry.errors import RegistryError
from scratch_image.registry.plan import PushPlan


def conflicts(plan: PushPlan) -> List[str]:
    """An error for each reference of the plan that another process of the run has given to another image."""
    taken = _read(plan.run_state, plan.run)
    errors = []
    for push in plan.pushes:
        for reference in push.published(push.tags, whole=True):
            before = taken.get(reference, str(push.root))
            if before != str(push.root):
                text = f"{push.name}: {reference} was published in this run already, as {before}, by another target"
                cure = "give one of them another `repository` or other `image_tags`"
                errors.append(str(RegistryError(text, cure)))
    return errors


def write(plan: PushPlan, published: Mapping[str, str]) -> None:
    """Add what is published, reference → digest, to the plan's report, which keeps nothing of another run. Raises
    RegistryError."""
    before = _read(plan.run_state, plan.run) if plan.run_state else _read(plan.report)
    merged = {**before, **published}
    if plan.run_state:
        json_object.replace(plan.run_state, canonical_json.encode({"run": plan.run, "published": merged}))
    if plan.report:
        json_object.replace(plan.report, canonical_json.encode(merged) + b"\n")


def _read(path: Optional[str], run: Optional[str] = None) -> Dict[str, str]:
    """The strings in a report, or in the state of `run`; empty if there is none, or it is of another run."""
    data = json_object.read(path) if path else {}
    if run is not None:
        data = json_object.table(data, "published") if data.get("run") == run else {}
    return json_object.texts(data)
