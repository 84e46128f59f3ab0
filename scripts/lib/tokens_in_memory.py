"""Looks for tokens in all of a server's memory, as a core dump would contain it.

Three genuine tokens and a flood of wrong ones, with a known key id and with unknown ones, are sent over connections that send fifty each. Prints
how many are found while the connections are open, once they are closed, and half a minute later. Neither the log nor the database may contain any.

    python3 scripts/lib/tokens_in_memory.py --binary target/release/provost
"""

import argparse
import http.client
import itertools
import re
import signal
import sys
import tempfile
import time
from pathlib import Path

from crash_loop import Server
from hostile import base62, wrong_token

CONNECTIONS, EACH = 20, 50
# large enough that their texts have no long runs of zeros
FIRST_SECRET, FIRST_KEY_ID = 3 * 10**76, 10**21


def memory(pid):
    """The readable parts of a process's memory."""
    with open(f"/proc/{pid}/mem", "rb", 0) as memory:
        for line in Path(f"/proc/{pid}/maps").read_text().splitlines():
            part = re.match(r"([0-9a-f]+)-([0-9a-f]+) r\S+ \S+ \S+ \S+ *(.*)", line)
            if part and not part[3].startswith("[v"):
                begin, end = int(part[1], 16), int(part[2], 16)
                memory.seek(begin)
                try:
                    yield memory.read(end - begin)
                except OSError:
                    continue


def found(places, tokens):
    """How many tokens have their secret part in one of these texts."""
    secrets = {token[18:61].encode() for token in tokens}
    seen = set()
    for text in places:
        # everything that may be one: 43 letters and digits after a `_`
        for run in re.finditer(rb"_([0-9A-Za-z]{43})", text):
            seen.add(run[1])
    return len(secrets & seen)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--binary", required=True)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="provost-memory-") as folder:
        server = Server(given.binary, f"sqlite:{folder}/provost.db", f"{folder}/server.log")
        server.start()
        genuine = [server.command("token", "create", "--org", "default").strip() for _ in range(3)]
        count = CONNECTIONS * EACH // 2
        known = [wrong_token(genuine[0][5:17], FIRST_SECRET + n) for n in range(count)]
        unknown = [wrong_token(base62(FIRST_KEY_ID + n, 12), FIRST_SECRET + count + n) for n in range(count)]
        all_tokens = {"genuine": genuine, "wrong, a known key id": known, "wrong, unknown key ids": unknown}

        def tell(when):
            cells = [str(found(memory(server.process.pid), tokens)) for tokens in all_tokens.values()]
            print(f"| {when} | {' | '.join(cells)} |", flush=True)

        print(f"| found of | {' | '.join(f'{len(tokens)} {kind}' for kind, tokens in all_tokens.items())} |\n|---|---|---|---|")
        wrong = iter(itertools.chain(*zip(known, unknown)))
        connections = [http.client.HTTPConnection("127.0.0.1", server.port, timeout=30) for _ in range(CONNECTIONS)]
        for token, connection in zip(genuine, connections):
            if server.call("GET", "/Users?count=1", token=token, connection=connection)[0] != 200:
                raise SystemExit("a genuine token was refused")
        for _ in range(EACH):
            for connection in connections:
                status, _ = server.call("GET", "/Users?count=1", token=next(wrong), connection=connection)
                if status not in (401, 429):
                    raise SystemExit(f"a wrong token was answered with {status}")
        tell("connections open")
        for connection in connections:
            connection.close()
        time.sleep(1)
        tell("connections closed")
        time.sleep(30)
        tell("30 s later")
        server.process.send_signal(signal.SIGTERM)
        server.process.wait(60)
        written = [file.read_bytes() for file in Path(folder).iterdir()]
        left = sum(found(written, tokens) for tokens in all_tokens.values())
        print(f"in the log and the files of the database: {left}")
        # the search itself works
        assert found([genuine[0].encode()], genuine) == 1
        return 1 if left else 0


if __name__ == "__main__":
    sys.exit(main())
