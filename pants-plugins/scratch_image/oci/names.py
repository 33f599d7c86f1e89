"""The names of what is in an image's directory in dist/ and in an OCI image layout (image-spec 1.1, image-layout.md).

Everything that writes or reads them imports this module.
"""

# In the directory that `package` writes for one image.
LAYOUT = "oci"
REPORT = "image.json"
ARCHIVE = "image.tar"
SBOM = "sbom"
PROVENANCE = "provenance"

# In a layout, and in an archive of one.
MARKER = "oci-layout"
INDEX = "index.json"
# The `imageLayoutVersion` in MARKER.
LAYOUT_VERSION = "1.0.0"
# The annotation of an entry of INDEX by which `cosign verify --local-image` takes it for an image or an index
# (sigstore/cosign, pkg/oci/layout); `scratch-image sign` sets it.
SIGNED = ("kind", "dev.cosignproject.cosign/image")
# What `docker load` reads in an archive (moby, image/tarexport).
DOCKER_MANIFEST = "manifest.json"

# What `package` can write, as the option `[scratch-image].write` and the report name it, in the report's order.
WRITTEN_LAYOUT, WRITTEN_ARCHIVE, WRITTEN_REPORT = WRITABLE = ("layout", "archive", "report")

# The lines of an image's history, one for each kind of layer, in the order of the layers. Of CREATED_BY_FILES there may be
# several layers, and of each other kind one.
CREATED_BY_RUNTIME_FILES, CREATED_BY_FILES = "scratch_image runtime files", "scratch_image files"
CREATED_BY_INLINE, CREATED_BY_PROGRAM = "scratch_image texts, directories, links", "scratch_image binary"
CREATED_BY_TOOLS = "scratch_image debug tools"
CREATED_BY = (CREATED_BY_RUNTIME_FILES, CREATED_BY_FILES, CREATED_BY_INLINE, CREATED_BY_PROGRAM, CREATED_BY_TOOLS)

# The number of the schema of REPORT (docs/image-json.md).
REPORT_SCHEMA = 1
