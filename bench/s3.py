"""A read-only S3 stand-in for `bench/run --s3`: serves FOLDER as the bucket `bench`, path style, any credentials.

ListObjectsV2, HEAD, GET with Range and If-Match; the ETag is made of size and time. Prints its address and serves until
it is ended.
"""

import email.utils
import http.server
import os
import pathlib
import re
import sys
import urllib.parse
from xml.sax.saxutils import escape

BUCKET = "/bench"
PAGE = 1000


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def log_message(self, *_):
        pass

    def do_HEAD(self):
        self.serve(body=False)

    def do_GET(self):
        self.serve(body=True)

    def serve(self, body):
        url = urllib.parse.urlsplit(self.path)
        path = urllib.parse.unquote(url.path)
        query = dict(urllib.parse.parse_qsl(url.query, keep_blank_values=True))
        if path.rstrip("/") == BUCKET:
            return self.listing(query, body)
        file = self.server.root / path.removeprefix(BUCKET + "/")
        if not path.startswith(BUCKET + "/") or not file.is_file() or ".." in file.parts:
            return self.fail(404, "NoSuchKey", body)
        return self.object(file, body)

    def listing(self, query, body):
        if "location" in query:
            return self.text(200, "<LocationConstraint/>", body)
        prefix, delimiter = query.get("prefix", ""), query.get("delimiter", "")
        after = query.get("continuation-token") or query.get("start-after", "")
        entries, folders = [], []
        for key, file in self.server.keys():
            if not key.startswith(prefix) or key <= after:
                continue
            cut = key.find(delimiter, len(prefix)) if delimiter else -1
            if cut >= 0:
                folder = key[: cut + len(delimiter)]
                if folder not in folders and folder > after:
                    folders.append(folder)
                continue
            status = file.stat()
            entries.append((key, status))
        entries, more = entries[:PAGE], entries[PAGE:]
        contents = "".join(
            f"<Contents><Key>{escape(key)}</Key><LastModified>2025-04-01T00:00:00.000Z</LastModified>"
            f"<ETag>{escape(etag(status))}</ETag><Size>{status.st_size}</Size><StorageClass>STANDARD</StorageClass></Contents>"
            for key, status in entries
        )
        common = "".join(f"<CommonPrefixes><Prefix>{escape(folder)}</Prefix></CommonPrefixes>" for folder in folders)
        token = f"<NextContinuationToken>{escape(entries[-1][0])}</NextContinuationToken>" if more else ""
        self.text(
            200,
            '<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Name>bench</Name>'
            f"<Prefix>{escape(prefix)}</Prefix><KeyCount>{len(entries) + len(folders)}</KeyCount><MaxKeys>{PAGE}</MaxKeys>"
            f"<IsTruncated>{'true' if more else 'false'}</IsTruncated>{token}{contents}{common}</ListBucketResult>",
            body,
        )

    def object(self, file, body):
        with file.open("rb") as source:
            status = os.fstat(source.fileno())
            wanted = self.headers.get("If-Match")
            if wanted and wanted.strip('"') != etag(status).strip('"'):
                return self.fail(412, "PreconditionFailed", body)
            start, end, code = 0, status.st_size, 200
            part = re.fullmatch(r"bytes=(\d*)-(\d*)", self.headers.get("Range", ""))
            if part and (part[1] or part[2]):
                code = 206
                if part[1]:
                    start, end = int(part[1]), min(int(part[2] or end - 1) + 1, end)
                else:
                    start = max(0, end - int(part[2]))
                if start >= status.st_size:
                    return self.fail(416, "InvalidRange", body)
            self.send_response(code)
            self.send_header("ETag", etag(status))
            self.send_header("Last-Modified", email.utils.formatdate(status.st_mtime, usegmt=True))
            self.send_header("Accept-Ranges", "bytes")
            self.send_header("Content-Type", "application/octet-stream")
            self.send_header("Content-Length", str(end - start))
            if code == 206:
                self.send_header("Content-Range", f"bytes {start}-{end - 1}/{status.st_size}")
            self.end_headers()
            if not body:
                return None
            self.wfile.flush()
            while start < end:
                sent = os.sendfile(self.connection.fileno(), source.fileno(), start, end - start)
                if sent == 0:
                    break
                start += sent
        return None

    def fail(self, code, name, body):
        self.text(code, f"<Error><Code>{name}</Code><Message>{name}</Message></Error>", body)

    def text(self, code, text, body):
        data = ('<?xml version="1.0" encoding="UTF-8"?>' + text).encode()
        self.send_response(code)
        self.send_header("Content-Type", "application/xml")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        if body:
            self.wfile.write(data)


def etag(status):
    return f'"{status.st_size:x}{status.st_mtime_ns:x}"'


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, root):
        super().__init__(("127.0.0.1", 0), Handler)
        self.root = root

    def keys(self):
        files = (file for file in self.root.rglob("*") if file.is_file())
        return sorted((file.relative_to(self.root).as_posix(), file) for file in files)


if __name__ == "__main__":
    server = Server(pathlib.Path(sys.argv[1]).resolve())
    print(f"http://127.0.0.1:{server.server_address[1]}", flush=True)
    server.serve_forever()
