"""The version of the backend: the wheel's, and the newest in CHANGELOG.md. No process of an image is sent this module."""

VERSION = "0.1.0"
