"""What runtimes add where an image's configuration says nothing."""

# The PATH of a configuration that sets none (moby, daemon/pkg/oci, DefaultPathEnv).
DEFAULT_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
