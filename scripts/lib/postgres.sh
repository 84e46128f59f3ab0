# shellcheck shell=bash
# A private PostgreSQL for tests, with its own data directory and port on 127.0.0.1; it is removed when the caller stops it.
#
#   source scripts/lib/postgres.sh
#   trap postgres_stop EXIT
#   postgres_start        # exports PROVOST_TEST_POSTGRES=postgres://..., and NEXTEST_PROFILE=postgres
#
# PROVOST_TEST_POSTGRES_FSYNC=on makes it survive power cuts, as in production; tests do not need that and run faster without it.

postgres_dir=
postgres_pid=

# Prints the directory of the newest PostgreSQL server programs, version 15 or later.
postgres_bin() {
    local dir version
    for dir in $(printf '%s\n' /usr/lib/postgresql/*/bin | sort -rV) "$(dirname "$(command -v initdb || echo /nonexistent/initdb)")"; do
        [ -x "$dir/initdb" ] && [ -x "$dir/postgres" ] || continue
        version=$("$dir/postgres" --version | grep -oE '[0-9]+' | head -n 1)
        if [ "${version:-0}" -ge 15 ]; then
            echo "$dir"
            return 0
        fi
    done
    return 1
}

# Runs a command as a user that initdb accepts: it refuses root.
postgres_as_user() {
    if [ "$(id -u)" -eq 0 ]; then
        runuser -u postgres -- "$@"
    else
        "$@"
    fi
}

# Prints a port on 127.0.0.1 that is not in use.
free_port() {
    local port
    for _ in $(seq 50); do
        port=$((20000 + RANDOM % 12000))
        if ! (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; then
            echo "$port"
            return 0
        fi
    done
    echo "no free port found on 127.0.0.1" >&2
    return 1
}

# Starts the server, exports PROVOST_TEST_POSTGRES, and lets nextest run the tests that need it. Fails with a message if the programs are missing or it does not start.
postgres_start() {
    local bin port password
    if ! bin=$(postgres_bin); then
        echo "PostgreSQL 15 or later is not installed (looked in /usr/lib/postgresql and in PATH)" >&2
        return 1
    fi
    postgres_dir=$(mktemp -d "${TMPDIR:-/tmp}/provost-postgres.XXXXXX") || return 1
    password=$(od -An -N16 -tx1 /dev/urandom | tr -d ' \n')
    (umask 077 && printf '%s' "$password" >"$postgres_dir/password") || return 1
    if [ "$(id -u)" -eq 0 ]; then
        chown -R postgres "$postgres_dir" || return 1
    fi
    if ! postgres_as_user "$bin/initdb" --pgdata "$postgres_dir/data" --username provost --pwfile "$postgres_dir/password" \
        --auth scram-sha-256 --encoding UTF8 --locale C --no-sync >"$postgres_dir/initdb.log" 2>&1; then
        cat "$postgres_dir/initdb.log" >&2
        return 1
    fi
    # Another process may take the free port before PostgreSQL does: try again with a different one.
    for _ in 1 2 3; do
        port=$(free_port) || return 1
        if postgres_as_user "$bin/pg_ctl" --pgdata "$postgres_dir/data" --log "$postgres_dir/server.log" --wait --timeout 60 start --options \
            "-p $port -c listen_addresses=127.0.0.1 -c unix_socket_directories=$postgres_dir -c max_connections=200 \
             -c fsync=${PROVOST_TEST_POSTGRES_FSYNC:-off} -c full_page_writes=${PROVOST_TEST_POSTGRES_FSYNC:-off}" \
            >"$postgres_dir/pg_ctl.log" 2>&1 </dev/null; then
            postgres_pid=$(head -n 1 "$postgres_dir/data/postmaster.pid")
            export PROVOST_TEST_POSTGRES="postgres://provost:$password@127.0.0.1:$port/postgres" NEXTEST_PROFILE=postgres
            echo "PostgreSQL $("$bin/postgres" --version | grep -oE '[0-9.]+' | head -n 1) on 127.0.0.1:$port, process $postgres_pid"
            return 0
        fi
    done
    cat "$postgres_dir/pg_ctl.log" "$postgres_dir/server.log" >&2 || true
    return 1
}

# Starts PgBouncer in transaction mode before the server, and points PROVOST_TEST_POSTGRES at it.
postgres_pool() {
    local port place=${PROVOST_TEST_POSTGRES#*://}
    local login=${place%@*} server=${place#*@}
    local at=${server%%/*}
    port=$(free_port) || return 1
    printf '"%s" "%s"\n' "${login%%:*}" "${login#*:}" >"$postgres_dir/users"
    cat >"$postgres_dir/pool.ini" <<END
[databases]
* = host=${at%:*} port=${at#*:}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = $port
unix_socket_dir =
auth_type = scram-sha-256
auth_file = $postgres_dir/users
pool_mode = transaction
max_client_conn = 1000
default_pool_size = 30
logfile = $postgres_dir/pool.log
pidfile = $postgres_dir/pool.pid
END
    [ "$(id -u)" -ne 0 ] || chown postgres "$postgres_dir/users" "$postgres_dir/pool.ini"
    PATH=$PATH:/usr/sbin postgres_as_user pgbouncer --quiet --daemon "$postgres_dir/pool.ini" || return 1
    for _ in $(seq 50); do
        [ ! -s "$postgres_dir/pool.pid" ] || break
        sleep 0.1
    done
    PROVOST_TEST_POSTGRES="postgres://$login@127.0.0.1:$port/postgres?prepared=off"
    echo "PgBouncer on 127.0.0.1:$port, process $(cat "$postgres_dir/pool.pid")"
}

# Makes an empty database on the server, and prints its URL.
postgres_database() {
    local place=${PROVOST_TEST_POSTGRES%%\?*}
    psql --quiet --no-psqlrc "$PROVOST_TEST_POSTGRES" --command "create database $1 encoding 'UTF8' template template0" || return 1
    echo "${place%/*}/$1"
}

# Stops what postgres_start started, by its process id, and removes the data. Harmless if nothing was started.
postgres_stop() {
    # the pooler first, which has its own process id
    if [ -n "$postgres_dir" ] && [ -s "$postgres_dir/pool.pid" ]; then
        kill "$(cat "$postgres_dir/pool.pid")" 2>/dev/null || true
    fi
    # A server that exited by itself leaves no pid file, and its process id may have been reused.
    if [ -n "$postgres_pid" ] && [ "$(head -n 1 "$postgres_dir/data/postmaster.pid" 2>/dev/null)" = "$postgres_pid" ]; then
        # SIGINT: PostgreSQL's fast shutdown, which does not wait for clients.
        kill -INT "$postgres_pid" 2>/dev/null || true
        for _ in $(seq 100); do
            kill -0 "$postgres_pid" 2>/dev/null || break
            sleep 0.1
        done
        kill -0 "$postgres_pid" 2>/dev/null && kill -QUIT "$postgres_pid" 2>/dev/null
    fi
    postgres_pid=
    if [ -n "$postgres_dir" ]; then
        rm -rf "$postgres_dir"
        postgres_dir=
    fi
    unset PROVOST_TEST_POSTGRES NEXTEST_PROFILE
    return 0
}
