"""The report of a run: the file for those who deploy (reference → digest, as JSON), and what processes of one run tell each
other."""

from __future__ import annotations

from typing import Dict, Iterable, List, Mapping, Optional, Tuple

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
                cure = "give one of them another `repository` or other `image_tags`, or set `skip_push` on all but one"
                errors.append(str(RegistryError(text, cure)))
    return errors


def noticed(plan: PushPlan) -> Tuple[str, ...]:
    """What an earlier process of the run has told already."""
    data = json_object.read(plan.run_state) if plan.run_state else {}
    lines = data.get("noticed") if data.get("run") == plan.run else ()
    return tuple(line for line in lines if isinstance(line, str)) if isinstance(lines, list) else ()


def write(plan: PushPlan, published: Mapping[str, str], noticed: Iterable[str] = ()) -> None:
    """Add what is published, reference → digest, to the plan's report, which keeps nothing of another run, and note for
    later processes what was told. Raises RegistryError."""
    told = sorted(noticed)
    if not published and not told:
        return
    before = _read(plan.run_state, plan.run) if plan.run_state else _read(plan.report)
    merged = {**before, **published}
    if plan.run_state:
        state = {"run": plan.run, "published": merged, "noticed": told}
        json_object.replace(plan.run_state, canonical_json.encode(state))
    if plan.report and published:
        json_object.replace(plan.report, canonical_json.encode(merged) + b"\n")


def _read(path: Optional[str], run: Optional[str] = None) -> Dict[str, str]:
    """The strings in a report, or in the state of `run`; empty if there is none, or it is of another run."""
    data = json_object.read(path) if path else {}
    if run is not None:
        data = json_object.table(data, "published") if data.get("run") == run else {}
    return json_object.texts(data)
