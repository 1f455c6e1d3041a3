# PostgreSQL for tests; for tests/src/postgres.rs and `./dev`. POSIX sh, needs PostgreSQL 15 or newer.
#
#   postgres.sh fast|durable   runs a private cluster until standard input closes, then removes it without a trace;
#                              prints its admin URL once it answers; `fast` commits do not wait for the disk;
#                              the line `crash` on standard input kills it (-9), starts it again and is answered `up`
#   postgres.sh query URL SQL  runs one statement and prints its rows
#   postgres.sh find           prints the folder of the binaries in use, or says what is missing
set -eu

fail() {
    echo "$*" >&2
    exit 1
}

find_binaries() {
    [ -z "${BAOBEI_PG_BIN:-}" ] || {
        echo "$BAOBEI_PG_BIN"
        return
    }
    {
        echo "$PATH" | tr ':' '\n'
        printf '%s\n' /usr/lib/postgresql/*/bin /opt/homebrew/opt/postgresql*/bin | sort -Vr
    } | while read -r folder; do
        if [ -x "$folder/initdb" ] && [ -x "$folder/pg_ctl" ] && [ -x "$folder/psql" ]; then
            echo "$folder"
            break
        fi
    done
}

bin=$(find_binaries)
[ -n "$bin" ] || fail "PostgreSQL is not installed: run \`./dev test\`, which installs it, or set BAOBEI_PG_BIN to the folder of initdb"
[ -x "$bin/initdb" ] || fail "there is no initdb in $bin: set BAOBEI_PG_BIN to the folder that has it"
major=$("$bin/postgres" --version | sed 's/[^0-9]*\([0-9]*\).*/\1/')
[ "$major" -ge 15 ] || fail "PostgreSQL $major in $bin is too old: version 15 or newer is needed"

case $1 in
find)
    echo "$bin"
    exit
    ;;
query)
    exec "$bin/psql" --no-psqlrc --quiet --tuples-only --no-align --set ON_ERROR_STOP=1 --dbname "$2" --command "$3"
    ;;
esac

# A socket's path may have 107 bytes, and the unprivileged user must reach it: so neither $TMPDIR nor $HOME.
home=$(mktemp -d /tmp/baobei-pg-XXXXXX)
as=
if [ "$(id -u)" = 0 ]; then # PostgreSQL refuses to run as root
    user=nobody
    ! id -u postgres >/dev/null 2>&1 || user=postgres
    chown "$user" "$home"
    as="setpriv --reuid=$(id -u $user) --regid=$(id -g $user) --clear-groups"
fi
cd "$home"

clean_up() {
    trap - EXIT
    $as "$bin/pg_ctl" stop -D "$home/data" -m immediate -s >/dev/null 2>&1 || true
    rm -rf "$home"
}
trap clean_up EXIT
trap '' INT # a Ctrl-C for the tests must not come before the end of standard input
trap 'exit 143' HUP TERM

# ICU's order of texts is unlike SQLite's, as on most servers: an ORDER BY that relies on either shows in the tests.
$as "$bin/initdb" -D "$home/data" -U baobei -A trust -E UTF8 --locale=C --locale-provider=icu --icu-locale=und \
    --no-sync --no-instructions >"$home/initdb.log" 2>&1 || fail "initdb failed: $(cat "$home/initdb.log")"
{
    echo "listen_addresses = ''"
    echo "unix_socket_directories = '$home'"
    echo "max_connections = 400"
    if [ "$1" = fast ]; then
        echo "fsync = off"
        echo "full_page_writes = off"
        echo "synchronous_commit = off"
    fi
} >>"$home/data/postgresql.conf"

start() {
    $as "$bin/pg_ctl" start -D "$home/data" -l "$home/postgres.log" -w -s </dev/null >/dev/null 2>&1
}

# Its processes are told by their parent; what is left of them would keep the shared memory for a moment.
crash() {
    leader=$(head -1 "$home/data/postmaster.pid")
    children=$(pgrep -P "$leader" | tr '\n' ' ')
    kill -9 "$leader" $children 2>/dev/null || true
    tries=0
    until start; do
        tries=$((tries + 1))
        [ "$tries" -lt 50 ] || fail "PostgreSQL did not come back: $(tail -20 "$home/postgres.log")"
        sleep 0.1
    done
}

start || fail "PostgreSQL did not start: $(cat "$home/postgres.log")"

echo "postgres://baobei@localhost/postgres?host=$home"
while read -r word; do
    if [ "$word" = crash ]; then
        crash
        echo up
    fi
done
