#!/usr/bin/env bash
# Checks that scripts/test counts correctly and names what failed: runs it with a stub `cargo` that passes or fails in each of the
# ways the real one can, and compares the last line, the exit code, and the lines that say what failed.
set -euo pipefail
cd "$(dirname "$0")/../.."

passed=0
failed=0
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT

# expect NAME CODE LAST_LINE CHECK [FAILED...] <<< the body of a `cargo` that handles the arguments of CHECK. With FAILED, exactly
# these are named.
expect() {
    local name=$1 code=$2 last=$3 check=$4 got=0 out named wanted
    shift 4
    {
        echo '#!/usr/bin/env bash'
        # Version queries are answered, so that nothing gets installed.
        echo 'case "$*" in *--version*) echo "stub 1.0"; exit 0 ;; esac'
        cat
    } >"$dir/cargo"
    chmod +x "$dir/cargo"
    # A value for PostgreSQL prevents the real one from being started.
    out=$(PATH="$dir:$PATH" PROVOST_TEST_POSTGRES=unused scripts/test "$check" 2>&1) || got=$?
    named=$(sed -n 's/^failed: //p' <<<"$out")
    wanted=$named
    [ $# -eq 0 ] || wanted=$(printf '%s\n' "$@")
    if [ "$got" -eq "$code" ] && [ "$(tail -n 1 <<<"$out")" = "$last" ] && [ "$named" = "$wanted" ]; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        printf 'FAIL %s: expected `%s` and exit code %s, got `%s` and %s\n' "$name" "$last" "$code" "$(tail -n 1 <<<"$out")" "$got"
        [ "$named" = "$wanted" ] || printf 'expected to be named:\n%s\nnamed:\n%s\n' "$wanted" "$named"
    fi
}

expect "a check that passes" 0 "1 passed, 0 failed" formatting <<<'exit 0'
expect "a check that fails" 1 "0 passed, 1 failed" formatting "formatting (1)" <<<'echo "0 failed"; exit 1'
expect "a check killed by a signal" 1 "0 passed, 1 failed" formatting <<<'kill -9 $$'
expect "an unknown check" 1 "0 passed, 1 failed" nonsense <<<'exit 0'
expect "tests that pass" 0 "12 passed, 0 failed" tests <<<'echo "     Summary [   1.0s] 12 tests run: 12 passed (1 slow), 3 skipped"'
expect "a single test" 0 "1 passed, 0 failed" tests <<<'echo "     Summary [   1.0s] 1 test run: 1 passed, 0 skipped"'
expect "tests that fail and time out" 1 "8 passed, 4 failed" tests \
    <<<'echo "     Summary [   1.0s] 12 tests run: 8 passed (2 flaky), 3 failed, 1 timed out, 1 skipped"; exit 100'
expect "tests that fail are named" 1 "7 passed, 5 failed" tests \
    "tests (5)" "tests: crate::it a::one" "tests: crate two" "tests: crate::it three" "tests: crate four" "tests: crate five" <<'STUB'
cat <<'LOG'
        FAIL [   0.005s] ( 2/12) crate::it a::one
  stdout ---
        FAIL [   0.005s] ( 1/1) what another test prints
     Summary [   1.0s] 12 tests run: 7 passed (1 slow), 3 failed, 2 timed out, 1 skipped
        FAIL [   0.005s] ( 2/12) crate::it a::one
     TIMEOUT [  60.005s] (12/12) crate two
     SIGABRT [   0.008s] ( 3/12) crate::it three
  TRY 2 FAIL [   0.001s] crate four
   LEAK-FAIL [   0.001s] (99/99) crate five
   FLAKY 2/3 [   0.010s] crate six
error: test run failed
LOG
exit 100
STUB
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
expect "doctests that fail" 1 "4 passed, 1 failed" doctests "doctests (1)" "doctests: crates/x/src/lib.rs - foo (line 3)" <<'STUB'
cat <<'LOG'
test result: ok. 2 passed; 0 failed;
test crates/x/src/lib.rs - foo (line 3) ... FAILED

failures:

---- crates/x/src/lib.rs - foo (line 3) stdout ----
    what it printed

failures:
    crates/x/src/lib.rs - foo (line 3)

test result: FAILED. 2 passed; 1 failed;
LOG
exit 101
STUB

# The Python suites, which start the line of a failure with FAIL: the stub replaces python3 too.
ln -s cargo "$dir/python3"
expect "a script that names what failed" 1 "2 passed, 1 failed" invariants "invariants (1)" "invariants: a fault" \
    <<<'case "$*" in *invariants.py*) printf "ok   a rule\nFAIL a fault\n     why\n1 passed, 1 failed\n"; exit 1 ;; esac'
rm "$dir/python3"

echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
