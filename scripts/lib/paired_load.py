"""Puts the same load on two servers in turn, in alternating order, and compares what it costs them."""

import http.client
import os
import statistics
import threading
import time
from pathlib import Path

# What a server does after it has answered counts as a cost of these writes too.
AFTER_S = 3

FIGURES = ("writes per second", "ms of processor time for each write", "ms until a write was answered, the median", "the same, of the slowest in a hundred")


def processor_time(process):
    fields = Path(f"/proc/{process.pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def load(server, token, prefix, seconds, clients):
    """Creates users with an address each, for this many seconds; returns the figures."""
    took, end = [[] for _ in range(clients)], time.monotonic() + seconds

    def write(number):
        connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)
        while (begun := time.monotonic()) < end:
            name = f"{prefix}-{number}-{len(took[number])}"
            user = {
                "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": name, "active": True,
                "emails": [{"value": f"{name}@example.com", "type": "work"}],
            }
            status, answer = server.call("POST", "/Users", user, token, connection=connection)
            if status != 201:
                raise SystemExit(f"a create was answered with {status}: {answer}")
            took[number].append((time.monotonic() - begun) * 1000)

    before, begun = processor_time(server.process), time.monotonic()
    threads = [threading.Thread(target=write, args=(number,)) for number in range(clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    elapsed, answers = time.monotonic() - begun, sorted(one for each in took for one in each)
    time.sleep(AFTER_S)
    spent = (processor_time(server.process) - before) * 1000 / len(answers)
    return len(answers) / elapsed, spent, statistics.median(answers), answers[len(answers) * 99 // 100]


def compare(servers, rounds, seconds, clients):
    """`servers` maps a name to a server and its token; the first is compared with the second. Prints each round, medians, and ratios."""
    found = {name: [] for name in servers}
    for number in range(rounds):
        order = list(servers) if number % 2 else list(servers)[::-1]
        for name in order:
            found[name].append(load(*servers[name], f"r{number}", seconds, clients))
        print(number, {name: tuple(round(figure, 3) for figure in found[name][-1]) for name in order}, flush=True)
    first, second = servers
    for place, what in enumerate(FIGURES):
        ratios = [a[place] / b[place] for a, b in zip(found[first], found[second])]
        medians = {name: statistics.median(figure[place] for figure in figures) for name, figures in found.items()}
        print(
            f"{what}: {first} {medians[first]:.3f}, {second} {medians[second]:.3f}; median of the ratios "
            f"{statistics.median(ratios):.3f}, from {min(ratios):.3f} to {max(ratios):.3f}"
        )


def options(parser):
    """The options that all comparisons have."""
    parser.add_argument("binary")
    parser.add_argument("--rounds", type=int, default=8)
    parser.add_argument("--seconds", type=float, default=10)
    parser.add_argument("--clients", type=int, default=8)
    return parser.parse_args()
