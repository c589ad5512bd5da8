"""A server on a disk that fails when the test wants it (failing_disk.cpp)."""
import errno
import os
import struct
import tempfile

from homing_server import HomingServer, binary

LIBRARY = os.path.join(os.path.dirname(binary()), "tests", "failing_disk.so")


class FailingDisk:
    def __init__(self):
        self._file = tempfile.NamedTemporaryFile(prefix="homing-disk-")
        self.mend()

    def environment(self):
        # Sanitizers want to be loaded first otherwise.
        options = os.environ.get("ASAN_OPTIONS", "")
        return {"LD_PRELOAD": LIBRARY, "HOMING_FAILING_DISK": self._file.name, "ASAN_OPTIONS": f"{options}:verify_asan_link_order=0"}

    def server(self, zones, keys):
        server = HomingServer(zones=zones, keys=keys)
        server.environment = self.environment()
        return server

    def _set(self, at, error, times):
        self._file.seek(at)
        self._file.write(struct.pack("=ii", error, times))
        self._file.flush()

    def fail_writes(self, error=errno.ENOSPC, times=-1):
        self._set(0, error, times)

    def fail_syncs(self, error=errno.EIO, times=-1):
        self._set(8, error, times)

    def mend(self):
        self.fail_writes(0, 0)
        self.fail_syncs(0, 0)

    def syncs_left_to_fail(self):
        self._file.seek(12)
        return struct.unpack("=i", self._file.read(4))[0]

    def close(self):
        self._file.close()
