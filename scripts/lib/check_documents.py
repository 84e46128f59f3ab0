"""Checks the written documentation and prints `N passed, N failed` as its last line.

Each check is a function that yields what is wrong. The check of commands needs the built server, in PROVOST_BINARY. The first check runs every
other one on planted faults.
"""

import functools
import json
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

# Spelt in pieces, so that this file does not find itself.
MACHINE_PATHS = re.compile(r"(?<![\w.:}/-])/(?:ho" + r"me/[\w.-]+|ro" + r"ot/|wo" + r"rk/[\w.-]+)|[A-Z]:\\Us" + r"ers\\")
TEXT = {".md", ".rs", ".toml", ".sh", ".py", ".json", ".sql", ".yml", ".yaml", ""}
FENCE = re.compile(r"^```(\w*)[^\n]*\n(.*?)^```\s*$", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"(?<!!)\[[^\]]*\]\(([^)\s]+)\)|!\[[^\]]*\]\(([^)\s]+)\)")


def tracked(root):
    """The project's text files, except generated lock files."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"], cwd=root, capture_output=True, text=True
    )
    names = listed.stdout.splitlines() if listed.returncode == 0 else [str(p.relative_to(root)) for p in root.rglob("*")]
    files = [root / name for name in names if Path(name).suffix in TEXT and name != "Cargo.lock"]
    return [path for path in files if path.is_file()]


def pages(root):
    return [path for path in tracked(root) if path.suffix == ".md"]


def prose(text):
    """The page without its code: code blocks and spans may hold what looks like a link."""
    return re.sub(r"`[^`\n]*`", "", FENCE.sub("", text))


def line_of(text, at):
    return text.count("\n", 0, at) + 1


def machine_paths(root):
    """No file names a folder of the machine on which it was written."""
    for path in tracked(root):
        text = path.read_text(errors="replace")
        for found in MACHINE_PATHS.finditer(text):
            yield f"{path.relative_to(root)}:{line_of(text, found.start())}: `{found.group()}` is a path of one machine"


def slugs(text):
    """The anchors of a page's headings, as GitHub makes them."""
    for heading in re.findall(r"^#+ +(.*?) *$", FENCE.sub("", text), re.MULTILINE):
        yield re.sub(r"[^\w\- ]", "", heading.replace("`", "").lower()).replace(" ", "-")


def links(root):
    """Every link inside the project leads to a file and a heading that exist."""
    for path in pages(root):
        for target in (a or b for a, b in LINK.findall(prose(path.read_text()))):
            if re.match(r"[a-z]+:", target):
                continue
            file, _, anchor = target.partition("#")
            aim = (path.parent / file).resolve() if file else path
            if not aim.exists():
                yield f"{path.relative_to(root)}: `{target}` leads nowhere"
            elif anchor and aim.suffix == ".md" and anchor not in slugs(aim.read_text()):
                yield f"{path.relative_to(root)}: `{target}` names no heading on that page"


def orphans(root):
    """Every page of docs/ can be reached from README.md."""
    reached, waiting = set(), [(root / "README.md").resolve()]
    while waiting:
        page = waiting.pop()
        if page in reached or not page.is_file() or page.suffix != ".md":
            continue
        reached.add(page)
        for target in (a or b for a, b in LINK.findall(prose(page.read_text()))):
            if not re.match(r"[a-z]+:", target):
                waiting.append((page.parent / target.partition("#")[0]).resolve())
    for path in pages(root):
        if path.relative_to(root).parts[0] == "docs" and path.resolve() not in reached:
            yield f"{path.relative_to(root)}: no link leads to this page from README.md"


def code_blocks(root):
    """bash can parse the shell blocks, and a JSON parser the JSON blocks."""
    for path in pages(root):
        text = path.read_text()
        for block in FENCE.finditer(text):
            where = f"{path.relative_to(root)}:{line_of(text, block.start())}"
            language, body = block.groups()
            if language == "json":
                try:
                    json.loads(body)
                except ValueError as error:
                    yield f"{where}: not JSON: {error}"
            elif language in ("sh", "bash"):
                parsed = subprocess.run(["bash", "-n"], input=body, capture_output=True, text=True)
                if parsed.returncode != 0:
                    yield f"{where}: not a shell script: {parsed.stderr.strip()}"


def crates(root):
    """README.md and ARCHITECTURE.md name every crate."""
    for manifest in sorted(root.glob("crates/*/Cargo.toml")):
        for page in ("README.md", "ARCHITECTURE.md"):
            file = root / page
            if not file.is_file() or f"`{manifest.parent.name}`" not in file.read_text():
                yield f"{page}: does not name `{manifest.parent.name}`"


def folders(root):
    """ARCHITECTURE.md names no source folder or file that does not exist."""
    page = root / "ARCHITECTURE.md"
    if page.is_file():
        for name in re.findall(r"`((?:crates|docs|scripts|examples|conformance|fuzz)/[\w./-]+)`", page.read_text()):
            if not (root / name).exists():
                yield f"ARCHITECTURE.md: `{name}` does not exist"


def executables(root):
    """The scripts that people are told to run can be run."""
    for name in ("scripts/test", "scripts/soak", "scripts/bench", ".ci/run"):
        path = root / name
        if not path.is_file() or not path.stat().st_mode & 0o111:
            yield f"{name}: missing, or not executable"


def commands(root):
    """Every `provost` command that a page names exists, with every option given."""
    # The built server; without it this check is skipped, see `main`.
    binary = root / "provost" if (root / "provost").is_file() else Path(os.environ["PROVOST_BINARY"]).resolve()

    @functools.cache
    def help_of(words):
        asked = subprocess.run([binary, *words.split(), "--help"], capture_output=True, text=True)
        return asked.stdout if asked.returncode == 0 else None

    for path in pages(root):
        text = path.read_text()
        code = [block.group(2) for block in FENCE.finditer(text)] + re.findall(r"`([^`\n]+)`", FENCE.sub("", text))
        for words, rest in re.findall(r"(?:^|[\s(])provost ([a-z]+(?:-[a-z]+)*(?: [a-z]+(?:-[a-z]+)*)?)\b([^\n|)]*)", "\n".join(code), re.MULTILINE):
            if help_of(words) is None:
                yield f"{path.relative_to(root)}: there is no command `provost {words}`"
                continue
            for option in re.findall(r"(?<!\w)--[a-z][a-z-]*", rest):
                if option not in re.findall(r"--[a-z][a-z-]*", help_of(words)):
                    yield f"{path.relative_to(root)}: `provost {words}` has no option `{option}`"


def promises(root):
    """Every guarantee in docs/promises.md, and every threat in docs/threat-model.md, names a test that exists."""
    # the page, and the column that names the test
    for page, column in (("docs/promises.md", 1), ("docs/threat-model.md", 2)):
        if (root / page).is_file():
            yield from rows_without_tests(root, page, column)


def rows_without_tests(root, page, column):
    for number, line in enumerate((root / page).read_text().splitlines(), 1):
        if not line.startswith("|") or line.startswith(("| guarantee |", "| threat |", "| rule |", "|---")):
            continue
        cells = line.split(" | ")
        tests = re.findall(r"`([\w./-]+)::(\w+)`", cells[column]) if len(cells) > column else []
        if not tests:
            yield f"{page}:{number}: this row names no test"
        for file, name in re.findall(r"`([\w./-]+)::(\w+)`", line):
            text = (root / file).read_text() if (root / file).is_file() else ""
            if not re.search(rf"\b(?:fn|def) {name}[(<]", text):
                yield f"{page}:{number}: there is no `{name}` in `{file}`"


CHECKS = [machine_paths, links, orphans, code_blocks, crates, folders, executables, commands, promises]

# The faults that each check must find in a small project made for it.
PLANTED = {
    machine_paths: {"src/lib.rs": "// see /ho" + "me/ada/notes\n", "README.md": "`{base}/wo" + "rk/Users` and https://x.example/ro" + "ot/y are fine"},
    links: {"README.md": "[a](docs/gone.md) [b](#here) [c](#nowhere)\n\n# Here\n`[d](not-a-link)`"},
    orphans: {"README.md": "[a](docs/a.md)", "docs/a.md": "[b](b.md)", "docs/b.md": "", "docs/lost.md": ""},
    code_blocks: {"README.md": "```sh\nif true\n```\n```json\n{,}\n```\n```sh\ntrue\n```\n"},
    crates: {"README.md": "`known`", "ARCHITECTURE.md": "`known`", "crates/known/Cargo.toml": "", "crates/new/Cargo.toml": ""},
    folders: {"ARCHITECTURE.md": "`docs/gone` `docs/there.md`", "docs/there.md": ""},
    executables: {"README.md": ""},
    promises: {
        "docs/promises.md": "| guarantee | test | command |\n|---|---|---|\n| a | `src/a.rs::kept` | x |\n| b | `src/a.rs::gone` | x |\n"
        "| c | `src/b.rs::kept` | x |\n| d | trust us | x |\n| e | `src/a.py::kept` | see `src/a.rs::kep` |\nfree `src/c.rs::text`\n",
        "docs/threat-model.md": "| threat | what | test |\n|---|---|---|\n| a | b | `src/a.rs::kept` |\n| a | `src/a.rs::kept` | none |\n",
        "src/a.rs": "async fn kept() {}\n// gone()\n",
        "src/a.py": "def kept():\n",
    },
    commands: {
        "README.md": "`provost org list --json` `provost org show acme` `provost org shout` `provost fly`\n"
        "```sh\nX=$(provost org list --jsonn)\nprovost serve --listen 1 | cat --not-ours\n```\nThe provost serves.\n",
        # Knows `org list`, `org show` and `serve`.
        "provost": "#!/bin/sh\ncase \"$*\" in 'org list --help') echo --json --jsonnet ;; 'org show --help') ;;"
        " 'serve --help') echo --listen ;; *) exit 2 ;; esac\n",
    },
}
EXPECTED = {machine_paths: 1, links: 2, orphans: 1, code_blocks: 2, crates: 2, folders: 1, executables: 4, commands: 3, promises: 5}


def self_test():
    """Yields the checks that do not find exactly the faults planted for them."""
    for check in CHECKS:
        with tempfile.TemporaryDirectory() as folder:
            root = Path(folder).resolve()
            for name, text in PLANTED[check].items():
                (root / name).parent.mkdir(parents=True, exist_ok=True)
                (root / name).write_text(text)
                (root / name).chmod(0o755 if text.startswith("#!") else 0o644)
            found = list(check(root))
            if len(found) != EXPECTED[check]:
                yield f"{check.__name__}: expected {EXPECTED[check]} planted faults, found {found}"


def main():
    root = Path(__file__).resolve().parents[2]
    passed = failed = 0
    runs = [("planted faults are found", self_test())]
    runs += [(check.__doc__.rstrip("."), check(root)) for check in CHECKS if check is not commands or "PROVOST_BINARY" in os.environ]
    for title, faults in runs:
        faults = list(faults)
        print(f"{'FAIL' if faults else 'ok  '} {title}")
        for fault in faults:
            print(f"     {fault}")
        passed, failed = passed + (not faults), failed + bool(faults)
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
