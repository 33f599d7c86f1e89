"""What the registry of tests stores: blobs, manifests, tags, and uploads under way."""

from __future__ import annotations

import json
import uuid
from dataclasses import dataclass, field
from typing import Dict, List, Set, Tuple

from tests.support.registry_messages import Request, Reset, Response, digest_of, error


@dataclass
class Upload:
    repository: str
    content: bytearray = field(default_factory=bytearray)


class RegistryStorage:
    """Takes a manifest without its blobs; `violations` says so."""

    def __init__(self) -> None:
        self.blobs: Dict[str, bytes] = {}
        self.repositories: Dict[str, Set[str]] = {}
        self.manifests: Dict[str, Dict[str, Tuple[str, bytes]]] = {}
        self.tags: Dict[str, Dict[str, str]] = {}
        self.uploads: Dict[str, Upload] = {}
        self.violations: List[str] = []
        self.immutable_tags = False
        # Whether it lists what is attached to a manifest, how many on a page, and whether it takes such manifests at all.
        self.referrers_api = False
        self.referrers_page = 100
        self.takes_subjects = True
        # Whether responses have an ETag, and If-Match counts.
        self.etags = False
        self.mounts = True
        self.minimum_chunk = 0
        self.takes_chunks = True
        # Whether a part of a blob can be asked for.
        self.ranges = True
        # Whether the bytes of an incomplete body are added to an upload, as distribution does.
        self.keeps_partial = True

    def url(self, host: str) -> str:
        raise NotImplementedError

    def incomplete(self) -> List[str]:
        """What is wrong with what tags point at; empty for a registry that is right."""
        wrong = [f"{digest} has other bytes" for digest, content in self.blobs.items() if digest_of(content) != digest]
        for repository, tags in self.tags.items():
            for tag, digest in tags.items():
                wrong += [f"{repository}:{tag}: {text}" for text in self._missing(repository, digest)]
        return wrong

    def _missing(self, repository: str, digest: str) -> List[str]:
        if digest not in self.manifests.get(repository, {}):
            return [f"no manifest {digest}"]
        content = self.manifests[repository][digest][1]
        if digest_of(content) != digest:
            return [f"{digest} has other bytes"]
        data = json.loads(content)
        missing = [text for entry in data.get("manifests", ()) for text in self._missing(repository, entry["digest"])]
        for entry in (*data.get("layers", ()), *([data["config"]] if "config" in data else [])):
            if entry["digest"] not in self.repositories.get(repository, ()):
                missing.append(f"no blob {entry['digest']}")
        return missing

    def _manifest(self, request: Request, name: str, reference: str) -> Response:
        stored = self.manifests.setdefault(name, {})
        if request.method in ("GET", "HEAD"):
            digest = reference if ":" in reference else self.tags.get(name, {}).get(reference, "")
            if digest not in stored:
                return error(404, "MANIFEST_UNKNOWN", "manifest unknown")
            media_type, content = stored[digest]
            headers = {"Content-Type": media_type, "Docker-Content-Digest": digest}
            return Response(200, {**headers, **({"ETag": f'"{digest}"'} if self.etags else {})}, content)
        if request.method != "PUT":
            return error(405, "UNSUPPORTED", "not here")
        digest = digest_of(request.body)
        data = json.loads(request.body)
        if request.headers.get("content-type") != data["mediaType"]:
            return error(400, "MANIFEST_INVALID", "the Content-Type is not the media type")
        if "subject" in data and not self.takes_subjects:
            return error(400, "MANIFEST_INVALID", "unknown member: subject")
        tags = self.tags.setdefault(name, {})
        if self.etags and request.headers.get("if-match") not in (None, f'"{tags.get(reference)}"'):
            return error(412, "UNKNOWN", "precondition failed")
        if ":" in reference and reference != digest:
            return error(400, "DIGEST_INVALID", "another digest")
        if ":" not in reference and self.immutable_tags and reference in tags:
            return error(400, "TAG_INVALID", f"The image tag '{reference}' already exists and cannot be overwritten")
        stored[digest] = (data["mediaType"], request.body)
        self.violations += [f"{reference}: {text}" for text in self._missing(name, digest)]
        if ":" not in reference:
            tags[reference] = digest
        headers = {"Location": f"/v2/{name}/manifests/{digest}", "Docker-Content-Digest": digest}
        if self.referrers_api and "subject" in data:
            headers["OCI-Subject"] = data["subject"]["digest"]
        return Response(201, headers)

    def attached(self, name: str, subject: str) -> List[Dict[str, object]]:
        """The descriptors of the manifests of a repository that have a subject (distribution-spec 1.1.1)."""
        found = []
        for digest, (media_type, content) in self.manifests.get(name, {}).items():
            data = json.loads(content)
            if data.get("subject", {}).get("digest") == subject:
                entry = {"mediaType": media_type, "digest": digest, "size": len(content)}
                entry.update(artifactType=data["artifactType"], annotations=data.get("annotations", {}))
                found.append(entry)
        return found

    def listed(self, name: str, subject: str) -> List[str]:
        """The digests in the list of what is attached to a manifest, by the API or in its tag."""
        entries = self.attached(name, subject)
        if not self.referrers_api:
            digest = self.tags.get(name, {}).get(subject.replace(":", "-"), "")
            entries = json.loads(self.manifests[name][digest][1])["manifests"] if digest else []
        return [str(entry["digest"]) for entry in entries]

    def _referrers(self, request: Request, name: str, subject: str) -> Response:
        if not self.referrers_api:
            return error(404, "NOT_FOUND", "page not found")
        (start,) = map(int, request.query.get("at", ["0"]))
        entries = self.attached(name, subject)
        page = entries[start : start + self.referrers_page]
        media_type = "application/vnd.oci.image.index.v1+json"
        body = json.dumps({"schemaVersion": 2, "mediaType": media_type, "manifests": page}).encode()
        headers = {"Content-Type": media_type}
        if start + self.referrers_page < len(entries):
            headers["Link"] = f'</v2/{name}/referrers/{subject}?at={start + self.referrers_page}>; rel="next"'
        return Response(200, headers, body)

    def _blob(self, request: Request, name: str, digest: str) -> Response:
        if digest not in self.repositories.get(name, ()):
            return error(404, "BLOB_UNKNOWN", "blob unknown to registry")
        content, headers = self.blobs[digest], {"Docker-Content-Digest": digest}
        asked = request.headers.get("range", "")
        if not asked or not self.ranges or request.method != "GET":
            return Response(200, headers, content)
        first, _, last = asked.partition("=")[2].partition("-")
        if int(first) >= len(content):
            return Response(416, {"Content-Range": f"bytes */{len(content)}"})
        end = min(int(last) + 1 if last else len(content), len(content))
        return Response(
            206, {**headers, "Content-Range": f"bytes {first}-{end - 1}/{len(content)}"}, content[int(first) : end]
        )

    def _upload(self, request: Request, name: str, session: str, partial: bool) -> Response:
        if request.method == "POST":
            return self._begin(request, name)
        upload = self.uploads.get(session)
        if upload is None:
            return error(404, "BLOB_UPLOAD_UNKNOWN", "blob upload unknown to registry")
        held = len(upload.content)
        if request.method == "DELETE":
            del self.uploads[session]
            return Response(204)
        if request.method == "GET":
            return Response(204, self._session(name, session))
        if request.method == "PATCH":
            if not self.takes_chunks:
                return error(405, "UNSUPPORTED", "no chunks")
            start = int(request.headers.get("content-range", f"{held}-").partition("-")[0])
            if start != held:
                return Response(416, self._session(name, session))
        if not partial or self.keeps_partial:
            upload.content += request.body
        if partial:
            raise Reset
        if request.method == "PATCH":
            return Response(202, self._session(name, session))
        (digest,) = request.query["digest"]
        if digest_of(bytes(upload.content)) != digest:
            del self.uploads[session]
            return error(400, "DIGEST_INVALID", "provided digest did not match uploaded content")
        del self.uploads[session]
        self.blobs[digest] = bytes(upload.content)
        self.repositories.setdefault(name, set()).add(digest)
        return Response(201, {"Location": f"/v2/{name}/blobs/{digest}", "Docker-Content-Digest": digest})

    def _begin(self, request: Request, name: str) -> Response:
        if "mount" in request.query:
            (digest,) = request.query["mount"]
            (source,) = request.query["from"]
            if self.mounts and digest in self.repositories.get(source, ()):
                self.repositories.setdefault(name, set()).add(digest)
                return Response(201, {"Location": f"/v2/{name}/blobs/{digest}", "Docker-Content-Digest": digest})
        session = uuid.uuid4().hex
        self.uploads[session] = Upload(name)
        return Response(202, self._session(name, session))

    def _session(self, name: str, session: str) -> Dict[str, str]:
        held = len(self.uploads[session].content)
        headers = {"Location": f"{self.url('registry')}/v2/{name}/blobs/uploads/{session}?state=a%3Db"}
        headers["Range"] = f"0-{max(0, held - 1)}"
        if self.minimum_chunk:
            headers["OCI-Chunk-Min-Length"] = str(self.minimum_chunk)
        return headers
