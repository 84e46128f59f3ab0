"""Follows README.md's quick start, word for word, with the built server, and compares the output with what the page shows.

    python3 scripts/lib/quick_start.py --binary target/debug/provost

One check for each shell block and one for a planted difference that must be noticed, then `N passed, N failed`. Identifiers can differ;
nothing else can.
"""

import argparse
import json
import os
import re
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

README = Path(__file__).resolve().parents[2] / "README.md"
IDENTIFIER = re.compile(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}|(?<=\")[0-9]{18,19}(?=\")")
MARK = "=== end of block ==="


def steps(page):
    """The shell blocks of the quick start, each with the JSON values shown under it."""
    section = page.split("\n## Quick start\n")[1].split("\n## ")[0]
    found = []
    for language, body in re.findall(r"^```(\w+)\n(.*?)^```$", section, re.MULTILINE | re.DOTALL):
        if language == "sh" and not body.startswith("cargo run"):
            found.append((body, []))
        elif language == "json":
            found[-1][1].extend(values(body))
    return found


def values(text):
    """Every JSON array and object in a text, in order, with identifiers made equal."""
    found, decoder, at = [], json.JSONDecoder(), 0
    text = IDENTIFIER.sub("ID", text)
    while begin := re.compile(r"^\s*[\[{]", re.MULTILINE).search(text, at):
        value, at = decoder.raw_decode(text, begin.end() - 1)
        found.append(value)
    return found


def shows(output, expected):
    """Whether the output ends with the expected values: a request can print its answer before the list that the page shows."""
    shown = values(output)
    return expected == shown[len(shown) - len(expected) :]


def wait(port, process):
    for _ in range(600):
        if process.poll() is not None:
            raise SystemExit(f"the server exited with code {process.returncode}")
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=5)
            return
        except OSError:
            time.sleep(0.1)
    raise SystemExit("the server was not ready after 60 s")


def play(blocks, binary, folder):
    """Runs all blocks in one shell, as a reader would, and returns what each printed."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    environment = dict(os.environ, PROVOST_LISTEN=f"127.0.0.1:{port}", PROVOST_DATABASE=f"sqlite:{folder}/provost.db")
    with open(Path(folder) / "server.log", "wb") as log:
        process = subprocess.Popen([binary], env=environment, cwd=folder, stdout=log, stderr=log)
    try:
        wait(port, process)
        script = "set -uo pipefail\n" + "".join(f"{block}\nprintf '\\n{MARK}\\n'\n" for block in blocks)
        # The page uses the default port and the build folder: put in those of this run.
        script = script.replace("http://127.0.0.1:8080/", f"http://127.0.0.1:{port}/")
        script = script.replace('"$PWD/target/release:$PATH"', f'"{Path(binary).parent}:$PATH"')
        done = subprocess.run(["bash", "-c", script], env=environment, cwd=folder, capture_output=True, text=True, timeout=300)
        sys.stderr.write(done.stderr)
        return done.stdout.split(MARK)[: len(blocks)]
    finally:
        process.kill()
        process.wait()


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--binary", required=True)
    given = parser.parse_args()
    if not Path(given.binary).is_file():
        raise SystemExit(f"{given.binary} does not exist: build it first")
    blocks = steps(README.read_text())
    with tempfile.TemporaryDirectory() as folder:
        outputs = play([block for block, _ in blocks], str(Path(given.binary).resolve()), folder)
    passed = failed = 0
    for number, ((block, expected), output) in enumerate(zip(blocks, outputs)):
        if shows(output, expected):
            passed += 1
            continue
        failed += 1
        print(f"FAIL block {number} of the quick start:\n{block}\nexpected {json.dumps(expected, indent=1)}\nprinted\n{output}")
    output, expected = next((output, expected) for output, (_, expected) in zip(outputs, blocks) if expected)
    planted = [json.loads(json.dumps(value).replace("0", "1")) for value in expected]
    if planted == expected or shows(output, planted):
        failed += 1
        print("FAIL a planted difference was not noticed")
    else:
        passed += 1
    print(f"{passed} passed, {failed} failed")
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    sys.exit(main())
