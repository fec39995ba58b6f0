"""Finding a ready-made engine on pages served by a real server on this PC."""

import http.server
import socket
import threading

import pytest
from lollma_bootstrap import wheel_pages
from lollma_bootstrap.wheel_tags import Target, fits, this_target

LINUX = Target((3, 11), "linux", "x86_64", (2, 36))
WINDOWS = Target((3, 13), "win32", "amd64")
MAC = Target((3, 12), "darwin", "arm64", (14, 5))

RELEASE = "https://github.example/releases/download"
X86 = "manylinux2014_x86_64.manylinux_2_17_x86_64"
PAGE = f"""<!DOCTYPE html><html><body><h1>Links for llama-cpp-python</h1>
<h2>v0.3.36</h2>
<a href="{RELEASE}/v0.3.36/llama_cpp_python-0.3.36-py3-none-macosx_11_0_arm64.whl">mac</a><br>
<a href="{RELEASE}/v0.3.36/llama_cpp_python-0.3.36-py3-none-musllinux_1_2_x86_64.whl">musl</a>
<a href="{RELEASE}/v0.3.36/llama_cpp_python-0.3.36-py3-none-manylinux_2_17_aarch64.whl">arm</a>
<a href="{RELEASE}/v0.3.36/llama_cpp_python-0.3.36-py3-none-{X86}.whl">x</a>
<a href="{RELEASE}/v0.3.36/llama_cpp_python-0.3.36-py3-none-win_amd64.whl">win</a>
<h2>v0.3.3</h2>
<a href="{RELEASE}/v0.3.3/llama_cpp_python-0.3.3-cp311-cp311-linux_x86_64.whl">old</a>
</body></html>"""


@pytest.fixture
def serve():
    servers = []

    def start(pages):
        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                flavour = self.path.split("/")[1]
                body = pages.get(flavour, "").encode()
                self.send_response(200 if flavour in pages else 404)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *args):
                pass

        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        servers.append((server, thread))
        return f"http://127.0.0.1:{server.server_port}"

    yield start
    for server, thread in servers:
        server.shutdown()
        server.server_close()
        thread.join()


@pytest.mark.parametrize(
    ("target", "end"),
    [(LINUX, "manylinux_2_17_x86_64.whl"), (WINDOWS, "win_amd64.whl"), (MAC, "_arm64.whl")],
)
def test_each_system_gets_the_wheel_made_for_it(serve, target, end):
    found = wheel_pages.search(["cpu"], "0.3.36", target, serve({"cpu": PAGE}))
    assert [w.flavour for w in found.wheels] == ["cpu"]
    assert found.wheels[0].url.startswith(RELEASE)
    assert found.wheels[0].url.endswith(end)


def test_pages_without_a_fitting_wheel_are_passed_over_and_the_order_is_kept(serve):
    pages = serve({"cu125": "<html>none yet</html>", "cu124": PAGE, "cpu": PAGE})
    found = wheel_pages.search(["cu130", "cu125", "cu124", "cpu"], "0.3.36", LINUX, pages)
    assert [w.flavour for w in found.wheels] == ["cu124", "cpu"]


def test_another_version_is_no_substitute_and_the_reason_says_so(serve):
    found = wheel_pages.search(["cpu"], "0.3.37", LINUX, serve({"cpu": PAGE}))
    assert found.wheels == []
    assert found.reason == "127.0.0.1 has none of version 0.3.37 for this PC"


def test_a_link_relative_to_the_page_and_a_local_version_are_understood():
    name = "llama_cpp_python-0.3.36%2Bcu124-py3-none-win_amd64.whl"
    page = f'<a href="../../files/{name}#sha256=0">x</a>'
    found = wheel_pages.wheel_on(page, "http://x/whl/cu124/llama-cpp-python/", "0.3.36", WINDOWS)
    assert found.startswith("http://x/whl/files/llama_cpp_python-0.3.36%2Bcu124")


def test_without_a_network_the_search_ends_at_once_with_the_reason():
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    found = wheel_pages.search(["cu124", "cpu"], "0.3.36", LINUX, f"http://127.0.0.1:{port}")
    assert found == wheel_pages.Search([], "127.0.0.1 cannot be reached")


def test_a_server_that_never_answers_does_not_hold_anyone_up():
    with socket.create_server(("127.0.0.1", 0)) as silent:
        pages = f"http://127.0.0.1:{silent.getsockname()[1]}"
        found = wheel_pages.search(["cpu"], "0.3.36", LINUX, pages, patience=0.1)
    assert found.wheels == []
    assert "cannot be reached" in found.reason or "does not answer" in found.reason


def test_our_reading_of_wheel_names_agrees_with_the_packaging_library_on_this_pc():
    tags = pytest.importorskip("packaging.tags")
    supported = {str(tag) for tag in tags.sys_tags()}
    target = this_target()
    # "any" with a compiled part and Apple's fat formats of old are names nobody gives a wheel.
    odd = ("any", "intel", "fat32", "fat64", "universal")
    platforms = {p for t in supported if not (p := t.split("-")[2]).endswith(odd)}
    foreign = {"win_amd64", "macosx_11_0_arm64", "manylinux_2_17_s390x", "musllinux_1_1_mips"}
    pythons = [
        ("py3", "none"),
        ("py2", "none"),
        (f"cp3{target.python[1]}", f"cp3{target.python[1]}"),
        (f"cp3{target.python[1] + 1}", f"cp3{target.python[1] + 1}"),
        ("cp39", "abi3"),
        (f"cp3{target.python[1] + 1}", "abi3"),
    ]
    for platform in platforms | foreign | {"manylinux_2_99_x86_64", "macosx_99_0_arm64"}:
        for python, abi in pythons:
            tag = f"{python}-{abi}-{platform}"
            assert fits(f"llama_cpp_python-0.3.36-{tag}.whl", target) == (tag in supported), tag


@pytest.mark.parametrize(
    ("name", "target", "expected"),
    [
        ("a-1-py3-none-manylinux_2_39_x86_64.whl", LINUX, False),
        ("a-1-py3-none-manylinux_2_39_x86_64.manylinux_2_17_x86_64.whl", LINUX, True),
        ("a-1-py3-none-manylinux2014_x86_64.whl", Target((3, 11), "linux", "x86_64", None), False),
        ("a-1-py3-none-macosx_15_0_arm64.whl", MAC, False),
        ("a-1-py3-none-macosx_11_0_universal2.whl", MAC, True),
        ("a-1-1-py3-none-any.whl", WINDOWS, True),
        ("a-1-cp311-cp311-win_amd64.whl", WINDOWS, False),
        ("a-1.tar.gz", LINUX, False),
    ],
)
def test_a_wheel_for_another_system_is_not_taken(name, target, expected):
    assert fits(name, target) is expected
