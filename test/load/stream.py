"""The byte client of the bench: uploads with sendfile, downloads into one buffer.

One request on standard input (JSON): op (put or get), port, token, hash, source,
and jobs of path, size, offset and further headers. All streams start together; the answer says
how long the slowest took, and the CPU time of this client. A source shorter
than the size is sent again from its beginning.
"""

import hashlib
import json
import os
import resource
import socket
import sys
import threading
import time

SLICE = 1 << 20


def connect(port):
    sock = socket.create_connection(("127.0.0.1", port))
    sock.settimeout(600)
    return sock


def read_head(sock):
    head = b""
    while b"\r\n\r\n" not in head:
        part = sock.recv(65536)
        if not part:
            raise OSError(f"connection closed before an answer: {head[:200]!r}")
        head += part
    head, _, rest = head.partition(b"\r\n\r\n")
    lines = head.decode("latin-1").split("\r\n")
    headers = {}
    for line in lines[1:]:
        name, _, value = line.partition(":")
        headers[name.strip().lower()] = value.strip()
    return int(lines[0].split(" ", 2)[1]), headers, rest


def put(ask, job, answer):
    sock = connect(ask["port"])
    source = os.open(ask["source"], os.O_RDONLY)
    try:
        length = os.fstat(source).st_size
        sock.sendall((
            f"PUT {job['path']} HTTP/1.1\r\nHost: 127.0.0.1:{ask['port']}\r\n"
            f"X-Auth-Token: {ask['token']}\r\nContent-Type: application/octet-stream\r\n"
            + "".join(f"{name}: {value}\r\n" for name, value in job.get("headers", {}).items()) +
            f"Content-Length: {job['size']}\r\n\r\n").encode())
        sock.settimeout(None)  # os.sendfile wants a blocking socket
        sent, position = 0, job.get("offset", 0) % length
        while sent < job["size"]:
            try:
                count = os.sendfile(sock.fileno(), source, position,
                                    min(8 * SLICE, length - position, job["size"] - sent))
            except BrokenPipeError:
                break  # refused in mid-body: the answer says why
            sent += count
            position = (position + count) % length
        sock.settimeout(600)
        status, _, rest = read_head(sock)
        if status != 204:
            raise OSError(f"PUT {job['path']}: {status} {rest[:300]!r}")
    finally:
        os.close(source)
        sock.close()


def get(ask, job, answer):
    sock = connect(ask["port"])
    try:
        sock.sendall((
            f"GET {job['path']} HTTP/1.1\r\nHost: 127.0.0.1:{ask['port']}\r\n"
            f"X-Auth-Token: {ask['token']}\r\nConnection: close\r\n\r\n").encode())
        status, headers, rest = read_head(sock)
        if status != 200 or int(headers.get("content-length", -1)) != job["size"]:
            raise OSError(f"GET {job['path']}: {status} {headers} {rest[:300]!r}")
        digest = hashlib.sha512(rest) if ask.get("hash") else None
        left, buffer = job["size"] - len(rest), memoryview(bytearray(SLICE))
        while left:
            count = sock.recv_into(buffer)
            if not count:
                raise OSError(f"GET {job['path']}: {left} bytes are missing")
            if digest:
                digest.update(buffer[:count])
            left -= count
        if digest:
            answer["sha512"] = digest.hexdigest()
    finally:
        sock.close()


def main():
    ask = json.load(sys.stdin)
    jobs, failures = ask["jobs"], []
    answers = [{} for _ in jobs]
    start = threading.Barrier(len(jobs) + 1)

    def work(job, answer):
        start.wait()
        began = time.monotonic()
        try:
            {"put": put, "get": get}[ask["op"]](ask, job, answer)
        except OSError as error:
            failures.append(str(error))
        answer["seconds"] = time.monotonic() - began

    threads = [threading.Thread(target=work, args=pair) for pair in zip(jobs, answers)]
    for thread in threads:
        thread.start()
    start.wait()
    began = time.monotonic()
    for thread in threads:
        thread.join()
    seconds = time.monotonic() - began
    if failures:
        sys.exit("\n".join(failures))
    used = resource.getrusage(resource.RUSAGE_SELF)
    json.dump({"seconds": seconds, "cpu": used.ru_utime + used.ru_stime, "streams": answers},
              sys.stdout)


main()
