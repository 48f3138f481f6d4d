"""Bring up loopback in the network namespace this runs in, and say which interfaces there are."""

import fcntl
import socket
import struct
import sys

# linux/sockios.h, linux/if.h
GET_FLAGS = 0x8913
SET_FLAGS = 0x8914
UP = 0x1

with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as control:
    name, flags = struct.unpack("16sh", fcntl.ioctl(control, GET_FLAGS, struct.pack("16sh", b"lo", 0)))
    fcntl.ioctl(control, SET_FLAGS, struct.pack("16sh", name, flags | UP))

interfaces = ", ".join(name for _, name in socket.if_nameindex())
sys.stdout.write(f"Network interfaces: {interfaces}\n")
