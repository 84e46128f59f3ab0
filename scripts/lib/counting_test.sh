#!/usr/bin/env bash
# Checks that scripts/test counts correctly: runs it with a stub `cargo` that passes or fails in each of the ways the real one can,
# and compares the last line and the exit code.
set -euo pipefail
cd "$(dirname "$0")/../.."

passed=0
failed=0
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT

# expect NAME CODE LAST_LINE CHECK <<< the body of a `cargo` that handles the arguments of CHECK
expect() {
    local name=$1 code=$2 last=$3 check=$4 got=0 out
    {
        echo '#!/usr/bin/env bash'
        # Version queries are answered, so that nothing gets installed.
        echo 'case "$*" in *--version*) echo "stub 1.0"; exit 0 ;; esac'
        cat
    } >"$dir/cargo"
    chmod +x "$dir/cargo"
    # A value for PostgreSQL prevents the real one from being started.
    out=$(PATH="$dir:$PATH" PROVOST_TEST_POSTGRES=unused scripts/test "$check" 2>&1) || got=$?
    if [ "$got" -eq "$code" ] && [ "$(tail -n 1 <<<"$out")" = "$last" ]; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        printf '%s: expected `%s` and exit code %s, got `%s` and %s\n' "$name" "$last" "$code" "$(tail -n 1 <<<"$out")" "$got"
    fi
}

expect "a check that passes" 0 "1 passed, 0 failed" formatting <<<'exit 0'
expect "a check that fails" 1 "0 passed, 1 failed" formatting <<<'echo "0 failed"; exit 1'
expect "a check killed by a signal" 1 "0 passed, 1 failed" formatting <<<'kill -9 $$'
expect "an unknown check" 1 "0 passed, 1 failed" nonsense <<<'exit 0'
expect "tests that pass" 0 "12 passed, 0 failed" tests <<<'echo "     Summary [   1.0s] 12 tests run: 12 passed (1 slow), 3 skipped"'
expect "a single test" 0 "1 passed, 0 failed" tests <<<'echo "     Summary [   1.0s] 1 test run: 1 passed, 0 skipped"'
expect "tests that fail and time out" 1 "8 passed, 4 failed" tests \
    <<<'echo "     Summary [   1.0s] 12 tests run: 8 passed (2 flaky), 3 failed, 1 timed out, 1 skipped"; exit 100'
expect "tests cut short" 1 "3 passed, 2 failed" tests <<<'echo "     Summary [   1.0s] 5/9 tests run: 3 passed, 2 failed, 0 skipped"; exit 100'
expect "tests that do not compile" 1 "0 passed, 1 failed" tests <<<'echo "error: could not compile"; exit 101'
expect "no tests at all" 1 "0 passed, 1 failed" tests <<<'echo "     Summary [   0.0s] 0 tests run: 0 passed, 4 skipped"; exit 4'
expect "a suite that passes and prints no totals" 1 "0 passed, 1 failed" tests <<<'exit 0'
expect "a suite whose tests pass but that fails" 1 "2 passed, 1 failed" tests \
    <<<'echo "     Summary [   1.0s] 2 tests run: 2 passed, 0 skipped"; exit 1'
expect "a test that prints what looks like totals" 1 "1 passed, 1 failed" tests \
    <<<'printf "    test result: ok. 9 passed; 0 failed;\n     Summary [   1.0s] 2 tests run: 1 passed, 1 failed, 0 skipped\n"; exit 100'
expect "doctests of two crates" 0 "5 passed, 0 failed" doctests \
    <<<'printf "test result: ok. 2 passed; 0 failed; 1 ignored;\ntest result: ok. 3 passed; 0 failed; 0 ignored;\n"'
expect "doctests that fail" 1 "4 passed, 1 failed" doctests \
    <<<'printf "test result: ok. 2 passed; 0 failed;\ntest result: FAILED. 2 passed; 1 failed;\n"; exit 101'

echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
