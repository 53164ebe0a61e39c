"""The published archives from a server on the loopback, whole and broken."""

import contextlib
import http.server
import io
import threading
import zipfile

import numpy as np
import pytest
import xlsa17_files

from aspn_tf.data import loading
from aspn_tf.datasets.xlsa17 import archives
from aspn_tf.errors import InputError

PUBLISHED = {
    "xlsa17.zip": {
        f"xlsa17/data/{folder}": ("res101.mat", "att_splits.mat")
        for folder in ("AWA1", "AWA2", "CUB", "SUN", "APY")
    },
    "cvpr18xian.zip": {
        "data/FLO": ("res101.mat", "att_splits.mat"),
        "data/CUB": ("sent_splits.mat",),
    },
}


class Server(http.server.ThreadingHTTPServer):
    """Serves bytes by path and remembers what it was asked for."""

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.files, self.cut, self.claims, self.gets = {}, None, None, []


class Handler(http.server.BaseHTTPRequestHandler):
    """HEAD and GET; breaks off, or claims another size, where it is told."""

    protocol_version = "HTTP/1.1"

    def do_HEAD(self):
        self._answer(False)

    def do_GET(self):
        self.server.gets.append(self.path)
        self._answer(True)

    def _answer(self, body):
        content = self.server.files.get(self.path.rsplit("/", 1)[-1])
        if content is None:
            self.send_error(404)
            return
        self.send_response(200)
        size = len(content)
        if self.server.claims:
            size = self.server.claims[int(body)]
        self.send_header("Content-Length", str(size))
        self.send_header("Connection", "close")
        self.end_headers()
        if body:
            self.wfile.write(content[: self.server.cut])
        self.close_connection = True

    def log_message(self, *_):
        pass


@pytest.fixture(scope="module")
def published(tmp_path_factory):
    """The bytes of both archives, every data set as small as can be."""
    place = tmp_path_factory.mktemp("published")
    xlsa17_files.make(place)
    xlsa17_files.make(place, splits_file="sent_splits.mat", att=np.ones((7, 6)))
    return {
        name: packed(
            {
                f"{folder}/{file}": (place / file).read_bytes()
                for folder, files in members.items()
                for file in files
            }
        )
        for name, members in PUBLISHED.items()
    }


@pytest.fixture
def server(published, monkeypatch):
    server = Server()
    server.files = dict(published)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    base = f"http://127.0.0.1:{server.server_port}/xian"
    monkeypatch.setattr(archives, "BASE", base)
    yield server
    server.shutdown()
    server.server_close()


def packed(members):
    """A zip archive of names to bytes."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def load(place, dataset="awa2", download=True, **options):
    return loading.load(dataset, data_dir=place, download=download, **options)


def refused(place, said, **options):
    """Asks in vain; nothing but what was whole is left."""
    with pytest.raises(InputError, match=said) as refusal:
        load(place, **options)
    assert "\n" not in str(refusal.value)
    left = [path for path in place.rglob("*") if path.is_file()]
    assert not [path for path in left if path.suffix in (".mat", ".part")]
    assert not list((place / "downloads").glob("fetch-*"))


@pytest.mark.parametrize(
    "dataset", ["awa1", "awa2", "cub", "sun", "apy", "flo"]
)
def test_a_published_data_set_needs_its_name_alone(server, tmp_path, dataset):
    benchmark = load(tmp_path, dataset)
    assert benchmark.class_count == 6
    assert benchmark.semantics_width == (7 if dataset == "cub" else 2)
    folder = tmp_path / "downloads/manual" / dataset.upper()
    assert {path.name for path in folder.iterdir()} == {
        "res101.mat",
        "sent_splits.mat" if dataset == "cub" else "att_splits.mat",
    }


def test_an_archive_is_fetched_once_for_all_its_data_sets(
    server, tmp_path, capfd
):
    load(tmp_path, "awa2")
    said = capfd.readouterr().err
    assert f"Fetching {archives.BASE}/xlsa17.zip, 0.0 MB, to {tmp_path}" in said
    load(tmp_path, "sun")
    load(tmp_path, "awa2")
    assert server.gets == ["/xian/xlsa17.zip"]


def test_files_that_a_user_has_put_there_need_no_server(tmp_path, monkeypatch):
    monkeypatch.setattr(archives, "BASE", "http://127.0.0.1:1/xian")
    xlsa17_files.make(tmp_path / "downloads/manual/AWA2")
    assert load(tmp_path).class_count == 6
    xlsa17_files.make(tmp_path / "downloads/manual/MINE")
    assert load(tmp_path, "xlsa17", name="MINE").class_count == 6


def test_an_archive_that_a_user_has_put_there_is_taken(
    published, tmp_path, monkeypatch
):
    monkeypatch.setattr(archives, "BASE", "http://127.0.0.1:1/xian")
    place = tmp_path / "downloads/manual"
    place.mkdir(parents=True)
    (place / "xlsa17.zip").write_bytes(published["xlsa17.zip"])
    assert load(tmp_path).class_count == 6


def test_without_a_network_one_sentence_says_what_to_do(tmp_path, monkeypatch):
    monkeypatch.setattr(archives, "BASE", "http://127.0.0.1:1/xian")
    refused(
        tmp_path,
        r"AWA2/res101.mat must be in --manual_dir or in .*manual, or come from "
        r"http://127.0.0.1:1/xian/xlsa17.zip. Received: .*Download that",
    )


def test_download_false_asks_nobody(server, tmp_path):
    refused(tmp_path, "--download=false. Download that", download=False)
    assert server.gets == []


def test_a_server_that_never_answers_is_given_up(tmp_path, monkeypatch):
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), None) as silent:
        base = f"http://127.0.0.1:{silent.server_port}/xian"
        monkeypatch.setattr(archives, "BASE", base)
        monkeypatch.setattr(archives, "SECONDS", 0.3)
        refused(tmp_path, "no answer within|timed out")


def test_a_download_that_is_cut_is_begun_anew(server, tmp_path):
    server.cut = 1000
    refused(tmp_path, "AWA2/res101.mat must")
    server.cut = None
    assert load(tmp_path).class_count == 6


@pytest.mark.parametrize("sizes", [(4000, None), (None, 4000), (9, None)])
def test_a_size_that_is_not_what_was_said_is_refused(server, tmp_path, sizes):
    whole = len(server.files["xlsa17.zip"])
    server.claims = [size or whole for size in sizes]
    refused(tmp_path, "Received: ")


def test_a_file_that_is_not_there_is_said_so(server, tmp_path):
    del server.files["xlsa17.zip"]
    refused(tmp_path, "Received: 404")


@pytest.mark.parametrize("length", [0, 10, 3000])
def test_a_truncated_archive_is_refused(server, tmp_path, length):
    server.files["xlsa17.zip"] = server.files["xlsa17.zip"][:length]
    refused(tmp_path, "no zip archive at")


def test_an_archive_that_has_changed_is_refused(server, tmp_path):
    load(tmp_path, "awa2")
    kept = tmp_path / "downloads/xlsa17.zip"
    kept.write_bytes(kept.read_bytes() + b"\0")
    with pytest.raises(InputError, match="has changed since it was fetched"):
        load(tmp_path, "sun")
    kept.unlink()
    assert load(tmp_path, "sun").class_count == 6


def test_a_path_out_of_the_folder_is_never_followed(server, tmp_path):
    (member,) = [
        zipfile.ZipFile(io.BytesIO(server.files["xlsa17.zip"])).read(name)
        for name in ("xlsa17/data/AWA2/res101.mat",)
    ]
    server.files["xlsa17.zip"] = packed(
        {"../../../AWA2/res101.mat": member, "/etc/AWA2/att_splits.mat": b"no"}
    )
    with pytest.raises(InputError, match="AWA2/att_splits.mat"):
        load(tmp_path / "deep/within")
    outside = [
        path
        for path in tmp_path.rglob("*.mat")
        if (tmp_path / "deep/within/downloads/manual/AWA2") not in path.parents
    ]
    assert outside == []


def test_two_members_of_one_name_are_refused(server, tmp_path):
    server.files["xlsa17.zip"] = packed(
        {"a/AWA2/res101.mat": b"1", "b/AWA2/res101.mat": b"2"}
    )
    refused(tmp_path, "2 members of .* that end with AWA2/res101.mat")


def test_a_bomb_is_refused_before_it_is_unpacked(server, tmp_path, monkeypatch):
    monkeypatch.setattr(archives, "BLOCK", 1 << 10)
    server.files["xlsa17.zip"] = packed({"AWA2/res101.mat": bytes(10**6)})
    refused(tmp_path, "which would be 1000000 bytes large")


@pytest.mark.slow
def test_flipped_bits_are_refused_wherever_they_are(tmp_path):
    whole = packed({"a/AWA2/res101.mat": bytes(range(256)) * 8})
    target, path = tmp_path / "AWA2/res101.mat", tmp_path / "xlsa17.zip"
    for at in range(len(whole)):
        for bits in (0x01, 0x40, 0xFF):
            content = bytearray(whole)
            content[at] ^= bits
            path.write_bytes(bytes(content))
            with contextlib.suppress(*archives.FAILURES):
                archives._unpack(path, "AWA2", "res101.mat", target)
                assert target.read_bytes() == bytes(range(256)) * 8
                target.unlink()
            assert not list(tmp_path.glob("AWA2/*"))


def test_a_member_with_flipped_bits_gets_its_sentence(server, tmp_path):
    content = bytearray(server.files["xlsa17.zip"])
    start = content.index(b"AWA2/res101.mat") + len("AWA2/res101.mat")
    content[start] = 0x07  # deflate has no block of this kind
    server.files["xlsa17.zip"] = bytes(content)
    refused(tmp_path, "AWA2/res101.mat must")
