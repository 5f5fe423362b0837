# SPDX-License-Identifier: Apache-2.0
"""A P-256 key with a self-signed certificate, the hash that names a key, and the code with which an agent enrols."""

import hashlib
import hmac
import os
import ssl
import subprocess
import tempfile

ALPN = "print-release/1"


class Identity:
    def __init__(self, folder, name, key="ec", options=("-pkeyopt", "ec_paramgen_curve:P-256")):
        self.certificate = os.path.join(folder, name + ".crt")
        self.key = os.path.join(folder, name + ".key")
        self.is_edwards = key == "ed25519"
        subprocess.run(
            ["openssl", "req", "-x509", "-newkey", key, *options, "-nodes", "-subj", "/CN=" + name,
             "-keyout", self.key, "-out", self.certificate],
            check=True, capture_output=True)
        with open(self.certificate) as file:
            self.public_key = public_key(ssl.PEM_cert_to_DER_cert(file.read()))
        self.hash = hashlib.sha256(self.public_key).digest()

    def sign(self, data):
        """ECDSA with SHA-256 in DER; Ed25519 takes the data as it is."""
        with tempfile.NamedTemporaryFile() as file:
            file.write(data)
            file.flush()
            words = ["openssl", "pkeyutl", "-sign", "-inkey", self.key, "-rawin", "-in", file.name]
            words += [] if self.is_edwards else ["-digest", "sha256"]
            return subprocess.run(words, check=True, capture_output=True).stdout

    def context(self, alpn=(ALPN,), version=ssl.TLSVersion.TLSv1_3, has_certificate=True):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname = False
        # Whose key it is, is all that counts: see `key_hash`.
        context.verify_mode = ssl.CERT_NONE
        context.minimum_version = context.maximum_version = version
        if alpn:
            context.set_alpn_protocols(list(alpn))
        if has_certificate:
            context.load_cert_chain(self.certificate, self.key)
        return context


def element(der, at):
    """Where a DER element's content begins and where it ends."""
    length, start = der[at + 1], at + 2
    if length & 0x80:
        count = length & 0x7F
        length, start = int.from_bytes(der[start : start + count], "big"), start + count
    return start, start + length


def key_hash(certificate):
    return hashlib.sha256(public_key(certificate)).digest()


def public_key(certificate):
    """The SubjectPublicKeyInfo: the seventh element of the certificate's body, after version, serial number,
    signature algorithm, issuer, validity and subject (RFC 5280, 4.1)."""
    at, _ = element(certificate, element(certificate, 0)[0])
    for _ in range(6):
        _, at = element(certificate, at)
    return certificate[at : element(certificate, at)[1]]


class EnrolmentString:
    """26 characters of Crockford's base 32: 50 bits of code, then 80 bits of the server's key hash."""

    ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"

    def __init__(self, text):
        number = 0
        for character in text.upper().replace("-", "").replace(" ", ""):
            number = number << 5 | self.ALPHABET.index({"O": "0", "I": "1", "L": "1"}.get(character, character))
        self.code = (number >> 80).to_bytes(8, "big")
        self.server = (number & (1 << 80) - 1).to_bytes(10, "big")

    def proof(self, agent_hash, server_hash):
        return hmac.new(self.code, agent_hash + server_hash, hashlib.sha256).digest()
