#!/usr/bin/env bash
# Sourced by script/test and script/demo: installs what a fresh Debian, Ubuntu or macOS lacks. Does nothing where all is there.

say() { printf '\n== %s\n' "$*"; }

# Debian's packages, as root or through sudo; the lists are fetched once.
apt_install() {
    local as=()
    if [ "$(id -u)" -ne 0 ]; then
        command -v sudo >/dev/null || {
            echo "needed: $*. Install them (apt-get install $*), then run this again." >&2
            exit 1
        }
        as=(sudo)
    fi
    [ -n "${apt_updated:-}" ] || "${as[@]}" apt-get -qq update
    apt_updated=yes
    say "installing $*"
    "${as[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -qq -y --no-install-recommends install "$@" >/dev/null
}

# need DEBIAN_PACKAGE HOMEBREW_FORMULA
need() {
    if command -v apt-get >/dev/null; then
        apt_install "$1"
    elif command -v brew >/dev/null && [ -n "$2" ]; then
        brew install --quiet "$2"
    else
        echo "needed: $1. Install it with this machine's package manager, then run this again." >&2
        exit 1
    fi
}

# PostgreSQL's server programs, where src/postgres/programs.rs looks for them.
postgres_programs() {
    local dir
    for dir in "${PG_BINDIR:-}" "$(pg_config --bindir 2>/dev/null || true)" ${PATH//:/ } \
        /usr/lib/postgresql/*/bin /opt/homebrew/opt/postgresql@*/bin /usr/local/opt/postgresql@*/bin; do
        if [ -x "$dir/initdb" ] && [ -x "$dir/postgres" ]; then
            echo "$dir"
            return
        fi
    done
    return 1
}

# What runs the scripts of suitescript/: 18, as Debian 12 has it, or newer.
set_up_node() {
    command -v node >/dev/null || need nodejs node
    command -v npm >/dev/null || need npm node
}

set_up() {
    if ! command -v cargo >/dev/null && [ -r "$HOME/.cargo/env" ]; then
        # shellcheck disable=SC1091
        . "$HOME/.cargo/env"
    fi
    if ! command -v cargo >/dev/null; then
        echo "needed: Rust. Install it with" >&2
        echo "    curl --proto '=https' --tlsv1.2 -sSf https://sh.rustup.rs | sh -s -- -y --profile minimal" >&2
        echo "then run this again." >&2
        exit 1
    fi
    # aws-lc is C.
    command -v cc >/dev/null || need build-essential ""
    postgres_programs >/dev/null || need postgresql postgresql@17
    # psql, where Homebrew keeps it out of the way.
    PATH="$PATH:$(postgres_programs)"
    # TLS to the two systems trusts the machine's certificates.
    if [ "$(uname)" = Linux ] && [ ! -e /etc/ssl/certs/ca-certificates.crt ] && command -v apt-get >/dev/null; then
        need ca-certificates ""
    fi
}
