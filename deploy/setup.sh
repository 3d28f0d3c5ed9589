#!/bin/sh
# Set-up of this checkout, step by step; a step whose inputs have not changed since it last ended well is skipped.
#
#   deploy/setup.sh run    what the program needs: Debian packages, .venv, front-end files
#   deploy/setup.sh test   the same, and what the tests need: development packages, Chromium, Chinese fonts
#
# Packages are installed where that is allowed (root, or sudo without a password); else one sentence says what is
# missing and how to go on. Pip and npm use whatever package index the user has configured.
set -eu
cd "$(dirname "$0")/.."
purpose=${1:-run}
venv=.venv
vendor=ui/assets/vendor

say() { printf '%s\n' "$*"; }
fail() { printf '%s\n' "$*" >&2; exit 1; }
sum() { cat "$@" | sha256sum | cut -d' ' -f1; }

# One set-up at a time; the lock ends with this process (9>&- keeps it from daemons that apt may start).
exec 9<deploy/setup.sh
if command -v flock >/dev/null && ! flock -n 9; then
    say "另一个 make 正在安装，等它完成……"
    flock 9
fi

# --- Debian packages: found missing all at once, installed in one go ---------------------------------------------

find_python() {
    for name in python3 python3.14 python3.13 python3.12 python3.11; do
        path=$(command -v "$name" 2>/dev/null) || continue
        if "$path" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
            printf '%s' "$path"
            return
        fi
    done
}

has_venv() { [ -x "$venv/bin/python" ] && "$venv/bin/python" -c 'import pip' 2>/dev/null; }

# Only the usual places, as no virtual environment may exist yet; the program itself looks closely (data/embedded).
has_postgis() {
    [ -n "${DATABASE_URL:-}${YZT_PG_BIN:-}" ] && return 0
    for control in /usr/share/postgresql/*/extension/postgis.control; do
        major=$(printf '%s' "$control" | cut -d/ -f5)
        if [ -x "/usr/lib/postgresql/$major/bin/postgres" ] && [ "$major" -ge 15 ]; then return 0; fi
    done
    [ -e "$(pg_config --sharedir 2>/dev/null)/extension/postgis.control" ] \
        && [ -x "$(pg_config --bindir 2>/dev/null)/postgres" ]
}

is_ubuntu() { grep -q '^ID=ubuntu' /etc/os-release 2>/dev/null; }
has_browser() {
    command -v chromium >/dev/null || command -v chromium-browser >/dev/null || command -v google-chrome >/dev/null
}

missing_packages() {
    if ! has_venv && ! "$python" -c 'import ensurepip, venv' 2>/dev/null; then echo python3-venv; fi
    if ! has_postgis; then echo postgresql-postgis; fi
    [ "$purpose" = test ] || return 0
    if ! has_browser && ! is_ubuntu; then echo chromium; fi # Ubuntu's is a snap: Playwright brings one, below
    if ! ls /usr/share/fonts/*/noto/NotoSansCJK* >/dev/null 2>&1; then echo fonts-noto-cjk; fi
}

as_root() { if [ "$(id -u)" = 0 ]; then "$@"; else sudo -n "$@"; fi; }
may_install() {
    command -v apt-get >/dev/null || return 1
    [ "$(id -u)" = 0 ] && return 0
    command -v sudo >/dev/null && sudo -n true 2>/dev/null
}

# While the server package goes in, keep Debian from starting a cluster of its own that nobody asked for.
no_debian_cluster=/etc/postgresql-common/createcluster.d/yizhangtu.conf
hold_debian_cluster() {
    if [ -e "$no_debian_cluster" ] || [ -d /usr/lib/postgresql ]; then return; fi
    as_root mkdir -p "$(dirname "$no_debian_cluster")"
    printf 'create_main_cluster = false\n' | as_root tee "$no_debian_cluster" >/dev/null
    trap 'as_root rm -f "$no_debian_cluster"' EXIT
    trap 'exit 130' INT TERM
}

install_packages() {
    missing=$(missing_packages | tr '\n' ' ' | sed 's/ *$//')
    if [ -z "$missing" ]; then return; fi
    ways="请安装它们（apt-get install $missing）"
    case $missing in *postgis*)
        ways="$ways，或用 DATABASE_URL 指向已有的 PostGIS，或运行 docker compose -f deploy/compose.yaml up" ;;
    esac
    may_install || fail "缺少系统软件包 $missing，而当前用户没有权限安装：$ways。"
    say "安装系统软件包：$missing"
    as_root apt-get update -qq 9>&- || say "软件包清单没有更新成，用现有的继续。"
    case $missing in *postgis*)
        major=$(apt-cache depends postgresql-postgis 2>/dev/null | sed -n 's/.*postgresql-\([0-9]*\)-postgis.*/\1/p' | head -n 1)
        [ "${major:-99}" -ge 15 ] || fail "这个系统只带 PostgreSQL $major，至少要 15：请安装更新的 PostgreSQL 和 PostGIS，或用 DATABASE_URL 指向已有的 PostGIS，或运行 docker compose -f deploy/compose.yaml up。"
        hold_debian_cluster ;;
    esac
    # shellcheck disable=SC2086
    as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends $missing 9>&- \
        || fail "系统软件包 $missing 没有装成（原因见上）：$ways。"
}

# --- Python ------------------------------------------------------------------------------------------------------

make_venv() {
    if has_venv; then return; fi
    say "建立虚拟环境 $venv……"
    "$python" -m venv --clear "$venv"
}

# pip_install STAMP FILE…: install the requirement files under the constraints unless they were already.
pip_install() {
    stamp=$venv/.installed-$1
    shift
    wanted=$(sum constraints.txt "$@")
    if [ "$(cat "$stamp" 2>/dev/null)" = "$wanted" ]; then return; fi
    say "安装 Python 包（$1），首次要一两分钟……"
    rm -f "$stamp" "$venv/.failed"
    { "$venv/bin/python" -m pip install --disable-pip-version-check --no-input -r "$1" -c constraints.txt \
        || : >"$venv/.failed"; } | grep -v '^Requirement already satisfied' || true
    [ ! -e "$venv/.failed" ] || fail "Python 包没有装成（原因见上）：请检查网络或 pip 的设置后再试。"
    printf '%s\n' "$wanted" >"$stamp"
}

# --- front-end files ---------------------------------------------------------------------------------------------

# Put a usable npm into $npm: the system's when new enough, else one from PyPI inside the virtual environment.
find_npm() {
    node_major=$(node --version 2>/dev/null | sed 's/^v\([0-9]*\).*/\1/')
    npm_major=$(npm --version 2>/dev/null | cut -d. -f1)
    npm=npm
    if [ "${node_major:-0}" -ge 18 ] && [ "${npm_major:-0}" -ge 9 ]; then return; fi
    pip_install node deploy/node-requirement.txt
    PATH="$PWD/$venv/bin:$PATH"
    npm=$venv/bin/npm
}

vendor_complete() {
    grep -v -e '^#' -e '^ *$' deploy/vendor.txt | while read -r _ name; do [ -e "$vendor/$name" ] || exit 1; done
}

make_vendor() {
    files=$(sum package.json package-lock.json deploy/vendor.txt)
    if [ "$(cat "$vendor/.installed" 2>/dev/null)" = "$files" ] && vendor_complete; then return; fi
    find_npm
    say "安装前端文件（npm）……"
    "$npm" ci --no-audit --no-fund --ignore-scripts --loglevel=error \
        || fail "前端文件没有装成（原因见上）：请检查网络或 npm 的设置后再试。"
    deploy/vendor.sh || fail "deploy/vendor.txt 里有 npm 包中没有的文件（见上）。"
    printf '%s\n' "$files" >"$vendor/.installed"
}

# --- in order ----------------------------------------------------------------------------------------------------

python=$(find_python)
[ -n "$python" ] || fail "没有找到 Python 3.11 或更新版本，请先安装它（apt-get install python3 python3-venv）。"
install_packages
make_venv
pip_install run requirements.txt
make_vendor
if [ "$purpose" = test ]; then
    pip_install test requirements-dev.txt requirements.txt
    if ! has_browser; then "$venv/bin/python" -m playwright install --with-deps chromium; fi
fi
