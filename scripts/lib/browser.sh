# shellcheck shell=bash
# What the tests that look at pages need: Chromium, its driver, axe-core, and two identity providers that others wrote, which npm and pip
# install below the target folder.
#
#   source scripts/lib/browser.sh
#   browser_prepare       # exports PROVOST_TEST_AXE=.../axe.min.js, PROVOST_TEST_PROVIDERS=.../providers, and NEXTEST_PROFILE=browser

# Prints the packages of Debian whose programs are missing.
browser_missing() {
    command -v chromium >/dev/null || echo chromium
    command -v chromedriver >/dev/null || echo chromium-driver
    command -v certutil >/dev/null || echo libnss3-tools
    command -v npm >/dev/null || echo npm
    command -v xmlsec1 >/dev/null || echo xmlsec1
    python3 -c 'import venv, ensurepip' 2>/dev/null || printf '%s\n' python3-venv python3-pip
}

# browser_installs SOURCES FOLDER LIST INSTALL...: runs INSTALL in a new FOLDER with the files of SOURCES, unless it ended well there with
# the same LIST, which names every package with its version and hash.
browser_installs() {
    local sources=$1 folder=$2 list=$3
    shift 3
    if cmp -s "$sources/$list" "$folder/installed-$list"; then
        return 0
    fi
    mkdir -p "$folder" && cp "$sources/"* "$folder" || return 1
    (cd "$folder" && "$@") >&2 && cp "$sources/$list" "$folder/installed-$list"
}

browser_npm() { npm ci --silent --no-audit --no-fund --ignore-scripts; }

browser_pip() {
    python3 -m venv venv && venv/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.txt
}

# Installs axe-core and the two identity providers in the versions and with the hashes of scripts/lib/axe and scripts/lib/providers, and
# exports where they are. Fails with a message if a program is missing, or npm or pip cannot install them.
browser_prepare() {
    local sources target missing
    sources=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd) || return 1
    missing=$(browser_missing)
    if [ -n "$missing" ]; then
        echo "not installed: ${missing//$'\n'/, } (these are the names of Debian's packages)" >&2
        return 1
    fi
    target=${CARGO_TARGET_DIR:-$sources/../../target}
    mkdir -p "$target" && target=$(cd "$target" && pwd) || return 1
    browser_installs "$sources/axe" "$target/axe" package-lock.json browser_npm || return 1
    browser_installs "$sources/providers" "$target/providers" package-lock.json browser_npm || return 1
    browser_installs "$sources/providers" "$target/providers" requirements.txt browser_pip || return 1
    export PROVOST_TEST_AXE=$target/axe/node_modules/axe-core/axe.min.js PROVOST_TEST_PROVIDERS=$target/providers NEXTEST_PROFILE=browser
}
