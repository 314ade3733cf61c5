# /// script
# requires-python = ">=3.11"
# dependencies = ["h11==0.16.0"]
# ///
"""Sends mutated requests to svcd's engine and lets h11, a strict parser of HTTP/1.1, read the same bytes.

The engine may refuse more than h11, but must never run a request that h11 refuses, never read one differently, and never go on
after one that it has refused. It runs unchanged in examples/echo.rs, on a port of the loopback, with a fresh connection for each
input. The client half-closes the connection, so it knows when the answers are complete. The echo returns method, path and content
of each request that it ran.

Prints how many inputs were accepted by both, refused only by svcd, refused by both, refused only by h11 and framed differently.
The last two must be 0: the first finding is shown and ends the run with exit code 1.

Needs cargo unless --binary is given. Run from anywhere:

    uv run scripts/differential_h11.py --seconds 30
"""

import argparse
import random
import socket
import subprocess
import sys
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import h11

ROOT = Path(__file__).resolve().parent.parent
CORPUS = ROOT / "tests" / "fuzz" / "corpus" / "request"

# For one answer, in seconds.
PATIENCE = 10

# What svcd accepts and h11 does not, and why that is right. Nothing else may be.
KNOWN_DIFFERENCES = {
    "empty_lines": "RFC 9112 2.2: a server should ignore at least one empty line before the request line; h11 refuses it",
    "http10_persistence": "RFC 9112 9.3: a recipient may go on after an HTTP/1.0 request with keep-alive; h11 never does",
    "two_content_types": "RFC 9110 8.3: svcd refuses a second Content-Type; the framing is sound (RFC 9112 6.3), so it goes on",
}
# The kinds of inputs that there must not be.
FINDINGS = ["refused by h11 only", "framed differently"]

# The engine skips so many.
EMPTY_LINES_MAX = 8

METHODS = ["GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH", "TRACE", "BREW", "CONNECT"]
TARGETS = ["/", "/a/b?c=d", "/%41?", "*", "http://h/a?b", "http://h", "http://h:80?x", "//", "h:80", "/a#b", "/\x7f"]
VERSIONS = ["1.1"] * 10 + ["1.0"] * 4 + ["1.2", "1.9", "2.0", "0.9", "1.10"]
FIELDS = [
    "X: y", "X:", "x:\ty \t", "X: a\xe9b", "Connection: close", "Connection: keep-alive", "Connection: x, Close",
    "Expect: 100-continue", "Upgrade: h2c", "Content-Type: a/b", "Content-Length: 0", "Content-Length: 5",
    "content-length: 5", "Content-Length: +5", "Content-Length: 5, 5", "Content-Length: 005", "Content_Length: 5",
    "Transfer-Encoding: chunked", "transfer-encoding:Chunked ", "Transfer-Encoding: gzip, chunked",
    "Transfer-Encoding: chunked, chunked", "Transfer-Encoding: identity", "Transfer-Encoding: \x0bchunked", "Host: i",
    "X: a\r\n b", "X : y", "X", ": y", "X: \x01",
]  # fmt: skip
CONTENTS = [b"", b"hello", b"\r\n", b"0\r\n\r\n", b"GET / HTTP/1.1\r\nHost: h\r\n\r\n", bytes(range(256))]
PIECES = [
    b"\r\n", b"\n", b"\r", b" ", b"\t", b"\0", b"\x0b", b"\x0c", b"\x7f", b"\x80", b"\xff", b":", b",", b";", b"=", b'"',
    b"0", b"1", b"%", b"/", b"?", b"*", b"#", b"http://h", b"HTTP/1.1", b"HTTP/1.0", b"\r\n\r\n", b"\r\n ", b"chunked",
    b"Host: h\r\n", b"Content-Length: 5\r\n", b"Content-Length: 0\r\n", b"Transfer-Encoding: chunked\r\n", b"5\r\nhello\r\n",
    b"0\r\n\r\n", b"0\r\nX: y\r\n\r\n", b';a="b"', b"ffffffffffffffff", b"Connection: close\r\n",
    b"Connection: keep-alive\r\n", b"GET / HTTP/1.1\r\nHost: h\r\n\r\n",
]  # fmt: skip


@dataclass(frozen=True)
class Message:
    """A request as one of the two has read it."""

    method: str
    path: str
    # None where it cannot be told: the answer to HEAD does not have it.
    content: bytes | None
    content_types: int = field(default=0, compare=False)


class Finding(Exception):
    """The two do not agree; the kind is the line of the summary that counts it."""

    def __init__(self, kind, reason):
        super().__init__(reason)
        self.kind = kind


def chunked(content, rng):
    """The content in chunks as some client might send it."""
    parts, at = [], 0
    while at < len(content):
        size = rng.randint(1, len(content) - at)
        extension = rng.choice([""] * 8 + [";a", ";a=b", ';a="b;\\"c"', " ;a", ";a\xe9"])
        parts.append(f"{rng.choice(['%x', '%X', '%03x']) % size}{extension}\r\n".encode("latin-1"))
        parts.append(content[at : at + size] + b"\r\n")
        at += size
    trailer = rng.choice([""] * 6 + ["X: y\r\n", "Content-Length: 5\r\n", " X: y\r\n"])
    return b"".join(parts) + rng.choice(["0", "000", "0;a"]).encode() + b"\r\n" + trailer.encode() + b"\r\n"


def generated(rng):
    """A request, right in most of its parts."""
    method = rng.choice(METHODS[:3] if rng.random() < 0.8 else METHODS)
    target = rng.choice(TARGETS[:3] if rng.random() < 0.8 else TARGETS)
    fields = ["Host: h"] * (rng.random() < 0.95) + rng.choices(FIELDS, k=rng.choice([0, 0, 0, 0, 1, 1, 2]))
    content = rng.choice(CONTENTS)
    framing = rng.random()
    if framing < 0.35:
        fields.append(f"Content-Length: {len(content)}")
    elif framing < 0.75:
        fields.append("Transfer-Encoding: chunked")
        content = chunked(content, rng)
    elif framing < 0.9:
        content = b""
    rng.shuffle(fields)
    head = "\r\n".join([f"{method} {target} HTTP/{rng.choice(VERSIONS)}", *fields, "", ""])
    return b"\r\n" * rng.choice([0] * 12 + [1, 2, 9]) + head.encode("latin-1") + content


def mutated(data, rng):
    """The bytes with a change: a bit, a piece, a gap, a doubled part, an end."""
    at = rng.randint(0, len(data))
    end = min(at + rng.randint(0, 8), len(data))
    match rng.randrange(6):
        case 0 if at < len(data):
            return data[:at] + bytes([data[at] ^ 1 << rng.randrange(8)]) + data[at + 1 :]
        case 1:
            return data[:at] + rng.choice(PIECES) + data[at:]
        case 2:
            return data[:at] + rng.choice(PIECES) + data[end:]
        case 3:
            return data[:at] + data[end:]
        case 4:
            return data[:end] + data[at:]
        case _:
            return data[:at]


def an_input(rng, seeds):
    """One to three requests behind each other, most of them with some changes."""
    count = rng.choice([1, 1, 2, 3])
    data = b"".join(rng.choice(seeds) if seeds and rng.random() < 0.3 else generated(rng) for _ in range(count))
    for _ in range(rng.choice([0, 0, 0, 1, 1, 2])):
        data = mutated(data, rng)
    return data


def path_of(target, method):
    """The path inside a request target of any form (RFC 9112 3.2)."""
    if not target.startswith("/") and "://" in target:
        rest = target.split("://", 1)[1]
        target = rest[min((rest.find(mark) for mark in "/?" if mark in rest), default=len(rest)) :]
    return target.split("?", 1)[0] or ("*" if method == "OPTIONS" else "/")


def known_method(method):
    """The name that the engine has for a method: a dash for one that it does not know."""
    return method if method in {*METHODS[:8], "QUERY"} else "-"


def by_h11(data):
    """The requests that h11 accepts, in order; it stops at the first that it does not."""
    messages = []
    used = Counter()
    while True:
        stripped = data
        while stripped.startswith(b"\r\n") and len(data) - len(stripped) < 2 * EMPTY_LINES_MAX:
            stripped = stripped[2:]
        used["empty_lines"] += stripped != data
        connection = h11.Connection(h11.SERVER, max_incomplete_event_size=1 << 20)
        connection.receive_data(stripped)
        connection.receive_data(b"")
        request, content = None, b""
        try:
            while True:
                event = connection.next_event()
                if isinstance(event, h11.Request):
                    request = event
                elif isinstance(event, h11.Data):
                    content += bytes(event.data)
                elif isinstance(event, h11.EndOfMessage):
                    break
                else:
                    return messages, used
        except h11.RemoteProtocolError:
            return messages, used
        method, target = request.method.decode(), request.target.decode()
        content_types = sum(name == b"content-type" for name, _ in request.headers)
        used["two_content_types"] += content_types > 1
        content = None if method == "HEAD" else content
        messages.append(Message(known_method(method), path_of(target, method), content, content_types))
        connections = [value for name, value in request.headers if name == b"connection"]
        options = [option.strip().lower() for value in connections for option in value.split(b",")]
        is_kept_10 = request.http_version == b"1.0" and b"keep-alive" in options
        used["http10_persistence"] += is_kept_10
        if b"close" in options or (request.http_version < b"1.1" and not is_kept_10):
            return messages, used
        # A connection for each message: what h11 thinks of the last one does not decide about the next.
        data, _ = connection.trailing_data


def answers(address, data):
    """All that the engine answers."""
    with socket.create_connection(address, PATIENCE) as connection:
        connection.sendall(data)
        connection.shutdown(socket.SHUT_WR)
        parts = []
        while part := connection.recv(1 << 16):
            parts.append(part)
    return b"".join(parts)


def follow(rest, theirs):
    """Holds the answers against what h11 has read; gives how many requests they decide, and whether a refusal ends them."""
    count = 0
    while rest:
        head, end, rest = rest.partition(b"\r\n\r\n")
        status_line, *lines = head.decode("latin-1").split("\r\n")
        if not end or not status_line.startswith("HTTP/1.1 "):
            raise Finding("framed differently", f"answer {head!r} is broken")
        status, fields = int(status_line.split(" ")[1]), dict(line.split(": ", 1) for line in lines)
        if status == 100:
            continue
        their = theirs[count] if count < len(theirs) else None
        if status != 200 and fields.get("Connection") == "close":
            # Of a request that h11 refuses nobody knows whether it is a HEAD.
            if len(rest) not in (0, int(fields["Content-Length"])):
                raise Finding("framed differently", f"something follows the refusal {head!r}")
            return count, True
        if their is None:
            raise Finding("refused by h11 only", f"svcd answered {head!r}")
        length = 0 if their.method == "HEAD" else int(fields["Content-Length"])
        content, rest = rest[:length], rest[length:]
        if status == 200:
            our = Message(fields["Echo-Method"], fields["Echo-Path"], None if their.method == "HEAD" else content)
            if our != their:
                raise Finding("framed differently", f"request {count}: svcd ran {our}, h11 read {their}")
        elif their.content_types < 2:
            raise Finding("framed differently", f"request {count}: svcd goes on behind {head!r}")
        count += 1
    return count, False


def compare(data, address):
    """Reads the bytes both ways; gives the line of the summary that they belong to, and the known differences that were met."""
    theirs, used = by_h11(data)
    count, is_refused = follow(answers(address, data), theirs)
    if count < len(theirs):
        if not is_refused:
            raise Finding("framed differently", f"svcd neither ran nor refused {theirs[count]}")
        return "refused by svcd only", used
    return "accepted by both" if count else "refused by both", used


def run(address, seconds, seed):
    """Compares for so long; returns the exit code."""
    rng = random.Random(seed)
    seeds = [path.read_bytes() for path in sorted(CORPUS.glob("*"))]
    counts, differences = Counter(), Counter()
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        data = an_input(rng, seeds)
        counts["inputs"] += 1
        try:
            kind, used = compare(data, address)
            differences += used
        except Finding as finding:
            kind = finding.kind
            print(f"{finding.kind}: {finding}\n{data!r}", file=sys.stderr)
        counts[kind] += 1
        if kind in FINDINGS:
            break
    for kind in ["inputs", "accepted by both", "refused by svcd only", "refused by both", *FINDINGS]:
        print(f"{kind:<22} {counts[kind]:>8,}")
    for name, reason in KNOWN_DIFFERENCES.items():
        print(f"known difference, met {differences[name]:,} times: {reason}")
    return int(any(counts[kind] for kind in FINDINGS))


def echo_binary():
    """Compiles the echo server."""
    subprocess.run(["cargo", "build", "--locked", "--quiet", "--example", "echo"], cwd=ROOT, check=True)
    return ROOT / "target" / "debug" / "examples" / "echo"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=30, help="how long to compare, default 30")
    parser.add_argument("--seed", type=int, default=9112, help="of the random inputs, default 9112")
    parser.add_argument("--binary", type=Path, help="an echo server that is already compiled")
    arguments = parser.parse_args()
    binary = arguments.binary or echo_binary()
    with subprocess.Popen([binary, "--port", "0"], stdout=subprocess.PIPE, text=True) as server:
        try:
            host, port = server.stdout.readline().split("http://")[1].strip().split(":")
            return run((host, int(port)), arguments.seconds, arguments.seed)
        finally:
            server.kill()


if __name__ == "__main__":
    sys.exit(main())
