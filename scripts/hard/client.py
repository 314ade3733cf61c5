"""A client that knows exactly what it has received: asyncio on plain sockets, HTTP/1.1 read byte by byte."""

import asyncio
import json
import re
import socket
import struct
import time
from dataclasses import dataclass

from target import FEATURES, ROW

READ_BYTES = 64 << 10
PATIENCE_S = 30


class Unanswered(Exception):
    """The connection ended before a whole answer: `received` holds what had come of it."""

    def __init__(self, how, received):
        super().__init__(f"{how} behind {len(received)} bytes")
        self.how, self.received = how, received


@dataclass(frozen=True)
class Answer:
    status: int
    head: bytes
    content: bytes

    def closes(self):
        return re.search(rb"\r\nconnection: *close\r\n", self.head, re.I) is not None


class Client:
    """One connection to 127.0.0.1."""

    def __init__(self, connection):
        self.socket, self.received, self.opened_at = connection, b"", time.monotonic()

    @classmethod
    async def open(cls, port, source=None, receive_bytes=None):
        """`source`: the address to come from; `receive_bytes`: a small buffer makes the server's writes short."""
        connection = socket.socket()
        connection.setblocking(False)
        try:
            if receive_bytes:
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_bytes)
            if source:
                connection.bind((source, 0))
            await asyncio.get_running_loop().sock_connect(connection, ("127.0.0.1", port))
        except BaseException:
            connection.close()
            raise
        return cls(connection)

    async def send(self, data):
        await asyncio.get_running_loop().sock_sendall(self.socket, data)

    async def ask(self, request):
        """Sends a request and reads its answer; a failed send may still have an answer to read."""
        try:
            await self.send(request)
        except OSError:
            pass
        return await self.answer()

    async def answer(self):
        """The next answer.

        Raises Unanswered when the connection ends first, TimeoutError when nothing ends it.
        """
        async with asyncio.timeout(PATIENCE_S):
            while (end := self.received.find(b"\r\n\r\n")) < 0:
                self.received += await self.more()
            head = self.received[: end + 4]
            length = re.search(rb"\r\ncontent-length: *(\d+)\r\n", head, re.I)
            parts, missing = [self.received[len(head) :]], int(length[1]) if length else 0
            missing -= len(parts[0])
            while missing > 0:
                parts.append(await self.more())
                missing -= len(parts[-1])
        content = b"".join(parts)
        self.received = content[int(length[1]) if length else 0 :]
        return Answer(int(head[9:12]), head, content[: len(content) - len(self.received)])

    async def more(self):
        try:
            data = await asyncio.get_running_loop().sock_recv(self.socket, READ_BYTES)
        except OSError as error:
            raise Unanswered(type(error).__name__, self.received) from None
        if not data:
            raise Unanswered("end", self.received)
        return data

    async def ends_well(self):
        """Whether nothing more comes but the peer's FIN."""
        try:
            async with asyncio.timeout(PATIENCE_S):
                return await asyncio.get_running_loop().sock_recv(self.socket, 1) == b"" and not self.received
        except OSError:
            return False

    def half_close(self):
        self.socket.shutdown(socket.SHUT_WR)

    def close(self):
        self.socket.close()

    def reset(self):
        """Closes with RST."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.socket.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


def post(path, content, *fields):
    lines = [f"POST {path} HTTP/1.1", "Host: h", "Content-Type: application/json", *fields]
    return "\r\n".join([*lines, f"Content-Length: {len(content)}", "", ""]).encode() + content


def get(path):
    return f"GET {path} HTTP/1.1\r\nHost: h\r\n\r\n".encode()


def one_row(*fields):
    """The notebook's request."""
    return post("/", json.dumps(dict(zip(FEATURES, ROW, strict=True))).encode(), *fields)


def batch(n_bytes):
    """An Open Inference Protocol request of about so many bytes, and its count of rows."""
    row = ",".join(map(str, ROW))
    # head and tail of the JSON take less than 200 bytes
    count = max(1, (n_bytes - 200) // (len(row) + 1))
    data = ",".join([row] * count)
    tensor = f'{{"name":"X","shape":[{count},4],"datatype":"FP64","data":[{data}]}}'
    return post("/v2/models/iris/infer", f'{{"inputs":[{tensor}]}}'.encode()), count


def labels(answer):
    """The labels in the answer to a batch."""
    return json.loads(answer.content)["outputs"][0]["data"]
