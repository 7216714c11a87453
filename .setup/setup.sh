#!/usr/bin/env bash
# Make this checkout ready: `setup.sh run` for the application, `setup.sh test` for the tests too.
#
# What is done leaves a stamp (a digest of the files it was done from), so a second call takes well
# under a second. As root on Debian, missing system packages are installed; otherwise the exact
# command is printed. pip's own settings (PIP_*, pip.conf) are left as the machine has them.
set -euo pipefail
cd "$(dirname "$0")/.."

purpose=${1:-run}
venv=.venv
python=$venv/bin/python
minimum="import sys; sys.exit(not (3, 11) <= sys.version_info[:2] < (3, 12))"

say() { printf '%s\n' "$@" >&2; } # a line for each argument
stop() { say "" "Set-up stopped: $*"; exit 1; }
digest() { cat "$@" | sha256sum | cut -c1-16; }
done_already() { [ -x "$python" ] && [ "$(cat "$venv/stamp-$1" 2>/dev/null)" = "$2" ]; }
mark_done() { printf '%s' "$2" >"$venv/stamp-$1"; }

can_write() { [ -w "$1" ] || { [ ! -e "$1" ] && [ -w "$(dirname "$1")" ]; }; }

# --- system packages ------------------------------------------------------------------------

missing_for_python() {
    [ -x "$python" ] && return
    local base
    if base=$(find_python); then
        "$base" -c "import ensurepip" 2>/dev/null || echo python3-venv
    else
        echo python3 python3-venv
    fi
}

list_libraries() { PATH="$PATH:/sbin:/usr/sbin" ldconfig -p; }

missing_for_run() {
    local libraries
    libraries=$(list_libraries)
    [[ $libraries == *libpango-1.0.so.0* ]] || echo libpango-1.0-0
    [[ $libraries == *libpangoft2-1.0.so.0* ]] || echo libpangoft2-1.0-0
    [[ $libraries == *libharfbuzz-subset.so.0* ]] || echo libharfbuzz-subset0
    [ -e /usr/share/fonts/truetype/dejavu/DejaVuSans.ttf ] || echo fonts-dejavu-core
}

missing_for_test() {
    command -v chromium >/dev/null || echo chromium
    command -v pdftotext >/dev/null || echo poppler-utils
    command -v qpdf >/dev/null || echo qpdf
    # Playwright brings a Node of its own that is linked with it.
    [[ $(list_libraries) == *libatomic.so.1* ]] || echo libatomic1
}

check_system() {
    local needed for_tests
    if [ ! -x "$python" ] && ! find_python >/dev/null && command -v python3 >/dev/null; then
        stop "this needs Python 3.11; here is $(python3 --version 2>&1). PYTHON=/path/to/python3.11 names one."
    fi
    needed=$(missing_for_python; missing_for_run)
    for_tests=$(missing_for_test)
    [ "$purpose" = run ] || needed+=" $for_tests"
    needed=$(echo $needed) # on one line
    [ -z "$needed" ] && return
    command -v apt-get >/dev/null || stop "these are missing, by their Debian names: $needed"
    [ "$(id -u)" = 0 ] || stop_to_ask "$needed" "$(echo $for_tests)"
    say "Installing system packages: $needed"
    # Lists may be absent (a fresh image) or older than what the archive still holds.
    apt_get install $needed || { apt_get update && apt_get install $needed; } \
        || { tail -n 20 "$log" >&2; stop "apt-get could not install: $needed"; }
}

apt_get() {
    local action=$1
    shift
    DEBIAN_FRONTEND=noninteractive apt-get "$action" -qq -y --no-install-recommends "$@" \
        >>"$log" 2>&1
}

stop_to_ask() { # stop_to_ask NEEDED FOR_TESTS
    local ask="apt-get install --no-install-recommends"
    say "" "Set-up stopped: system packages are missing. Ask whoever is root here for:" "    $ask $1"
    [ "$purpose" = test ] || [ -z "$2" ] || say "and, if you want to run \`make test\` too, for:" "    $ask $2"
    exit 1
}

# --- Python ---------------------------------------------------------------------------------

find_python() {
    local candidate
    for candidate in ${PYTHON:-} python3.11 python3 python; do
        if command -v "$candidate" >/dev/null && "$candidate" -c "$minimum" 2>/dev/null; then
            echo "$candidate"
            return
        fi
    done
    return 1
}

make_environment() {
    "$python" -c "$minimum; import pip" 2>/dev/null && return
    local base
    base=$(find_python) || stop "Python 3.11 was not found"
    say "Making the Python environment in $venv with $("$base" --version)"
    "$base" -m venv --clear "$venv" >>"$log" 2>&1 || stop "python -m venv failed; see $log"
}

install_python() { # install_python FILE
    say "Installing $1 (the first time takes a minute or two)"
    # uv is quicker where it is at hand, but it reads none of pip's settings: pip has the last word.
    if command -v uv >/dev/null && uv pip install --python "$python" -q -r "$1" >>"$log" 2>&1; then
        return
    fi
    "$python" -m pip install -q --disable-pip-version-check -r "$1" >>"$log" 2>&1 \
        || { tail -n 20 "$log" >&2; stop "pip could not install $1; the whole of it is in $log"; }
}

check_python() {
    local file=requirements.txt wanted
    [ "$purpose" = test ] && file=requirements-dev.txt
    wanted=$(digest requirements*.txt)
    done_already test "$wanted" && return
    done_already "$purpose" "$wanted" && return
    make_environment
    install_python "$file"
    mark_done "$purpose" "$wanted"
}

# --- front-end assets -----------------------------------------------------------------------

check_assets() {
    [ -e .setup/assets.py ] || return 0
    local wanted
    wanted=$(digest package-lock.json .setup/assets.py $(find voucher/static/src -type f | sort))
    [ -e voucher/static/build/manifest.json ] && done_already assets "$wanted" && return
    if ! command -v npm >/dev/null && [ ! -e "$venv/bin/npm" ]; then
        install_python .setup/node.txt
    fi
    say "Building the front-end assets"
    # npm insists on a cache that it can write.
    can_write "${HOME:-/}/.npm" || export npm_config_cache=$PWD/var/npm-cache
    "$python" .setup/assets.py >>"$log" 2>&1 || { tail -n 20 "$log" >&2; stop "the assets could not be built"; }
    rm -rf var/npm-cache
    mark_done assets "$wanted"
}

case $purpose in run | test) ;; *) stop "say 'run' or 'test', not '$purpose'" ;; esac
can_write var || stop "$PWD/var can't be written by $(id -un). Was the first start somebody else's?" \
    "Ask for: chown -R $(id -un) '$PWD'"
mkdir -p var
log=$PWD/var/setup.log
exec 9>var/setup.lock
if command -v flock >/dev/null && ! flock -n 9; then
    say "Another set-up is under way in this checkout; waiting for it …"
    flock 9
fi
: >"$log"
check_system
check_python
check_assets
