# SPDX-License-Identifier: Apache-2.0
"""One TLS connection that carries frames."""

import socket
import ssl
import time

import identity
import prp

PATIENCE = 10.0


class Closed(Exception):
    """The server has ended the connection, or refused it at the TLS level."""


class Connection:
    def __init__(self, port, context, source=None, host="127.0.0.1"):
        raw = socket.create_connection((host, port), PATIENCE, source_address=source and (source, 0))
        raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        try:
            self.tls = context.wrap_socket(raw)
        except OSError as error:
            raw.close()
            raise Closed(f"TLS: {error}") from error
        self.server_hash = identity.key_hash(self.tls.getpeercert(binary_form=True))
        self.buffer = b""

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        self.tls.close()

    def send(self, *frames):
        self.write(b"".join(frame.bytes for frame in frames))

    def write(self, data):
        try:
            self.tls.sendall(data)
        except (ssl.SSLError, OSError) as error:
            raise Closed(str(error)) from error

    def receive(self, patience=PATIENCE):
        """The next frame; None when none came in that time."""
        until = time.monotonic() + patience
        while True:
            parsed = prp.parse(self.buffer)
            if parsed:
                frame, self.buffer = parsed
                return frame
            left = until - time.monotonic()
            if left <= 0:
                return None
            self.tls.settimeout(left)
            try:
                data = self.tls.recv(65_536)
            except TimeoutError:
                return None
            except (ssl.SSLError, OSError) as error:
                raise Closed(str(error)) from error
            finally:
                self.tls.settimeout(PATIENCE)
            if not data:
                raise Closed("the server closed")
            self.buffer += data

    def frames_until_close(self, patience=PATIENCE):
        """What comes before the server ends the connection; a Fault if it does not."""
        frames, until = [], time.monotonic() + patience
        try:
            while True:
                frame = self.receive(until - time.monotonic())
                if frame is None:
                    raise prp.Fault("the connection stays open")
                frames.append(frame)
        except Closed:
            return frames
