"""Limits of the Linux kernel that images are held to."""

# limits.h: bytes of a component, and of a path with its final NUL.
NAME_MAX = 255
PATH_MAX = 4096
# chown(2) takes 2^32-1 as "leave unchanged"; no file or process can have that id.
MAX_ID = 2**32 - 2
# path_resolution(7): the symbolic links that are followed in one path.
MAX_LINKS = 40
