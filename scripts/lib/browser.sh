# shellcheck shell=bash
# What the tests that look at pages need: Chromium, its driver, and axe-core, which npm installs below the target folder.
#
#   source scripts/lib/browser.sh
#   browser_prepare       # exports PROVOST_TEST_AXE=.../axe.min.js, and NEXTEST_PROFILE=browser

# Prints the packages of Debian whose programs are missing.
browser_missing() {
    command -v chromium >/dev/null || echo chromium
    command -v chromedriver >/dev/null || echo chromium-driver
    command -v npm >/dev/null || echo npm
}

# Installs axe-core in the version and with the hash of scripts/lib/axe, and exports where it is. Fails with a message if a program is
# missing or npm cannot install it.
browser_prepare() {
    local sources folder missing
    sources=$(cd "$(dirname "${BASH_SOURCE[0]}")/axe" && pwd) || return 1
    missing=$(browser_missing)
    if [ -n "$missing" ]; then
        echo "not installed: ${missing//$'\n'/, } (these are the names of Debian's packages)" >&2
        return 1
    fi
    folder=${CARGO_TARGET_DIR:-$sources/../../../target}/axe
    if ! [ -f "$folder/node_modules/axe-core/axe.min.js" ] || ! cmp -s "$sources/package-lock.json" "$folder/package-lock.json"; then
        mkdir -p "$folder" && cp "$sources"/package*.json "$folder" || return 1
        npm --prefix "$folder" ci --silent --no-audit --no-fund --ignore-scripts >&2 || return 1
    fi
    PROVOST_TEST_AXE=$(cd "$folder" && pwd)/node_modules/axe-core/axe.min.js || return 1
    export PROVOST_TEST_AXE NEXTEST_PROFILE=browser
}
