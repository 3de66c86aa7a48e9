#!/usr/bin/env bash
# The one front door of Megha: builds, runs, debugs and tests it. `./build.sh help` tells how.
#
# CROSS=PREFIX  the cross compiler, as in CROSS=i686-elf-     COMPILER=clang  that instead of GCC
# V=1  show every command     CI=true  never ask
if [ -z "${BASH_VERSION-}" ]; then exec bash "$0" "$@"; fi
set -euo pipefail
[[ -e /dev/fd/0 ]] || exec </dev/null # a closed input would be whatever is opened next
cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")"

export PATH="$PATH:/usr/sbin:/sbin"
export PYTHONDONTWRITEBYTECODE=1

readonly TIERS="unit system boot hostile tools"

help() {
    cat <<'TEXT'
Megha: from the MBR to programs in ring 3, to be read, stepped and booted.

  ./build.sh setup [--yes]       shows which Debian packages are missing and installs them; --yes does not ask
  ./build.sh image               builds build/disk.img, the disk that boots
  ./build.sh run [bochs|qemu]    boots it in Bochs (a window, or this terminal), or in QEMU with its serial console
                                 here; `run qemu tests` boots the image of the tests, with their programs
  ./build.sh debug [WHERE]       stops Bochs at 0x7C00, or at WHERE, with all symbols loaded
  ./build.sh gdb [WHERE]         QEMU and gdb at source level, from the first instruction of the boot record on
  ./build.sh explain [ADDRESS]   turns a fault report (pasted, or from a file) or addresses into lines of the sources
  ./build.sh lesson [N]          an exercise on the boot, for the debugger; `lesson N ANSWER` checks the answer
  ./build.sh usb [DEVICE]        lists USB sticks, or writes the disk onto one: asks first, compares afterwards
  ./build.sh release             makes build/release: the disk, compressed too, checksums and symbols
  ./build.sh trace [FROM] [TO]   every instruction of the boot: build/trace.txt, and build/trace.html to browse
  ./build.sh test [TIER] [NAME]  runs the tests, those of one tier, or those of it whose name contains NAME; with all
                                 as NAME the long ones, too: `test boot all` prints the table of machines
  ./build.sh bench [--check]     measures the kernel's services in instructions and compares them with their goals, and
                                 with the figures recorded in tools/bench_recorded.csv; --record records them anew;
                                 `bench boot` measures only the boot, in Bochs; --peer linux measures Debian's Linux
                                 beside it, whose kernel is fetched
  ./build.sh soak [ROUNDS] [bochs|qemu]  attacks the kernel with random programs and calls, round after round
  ./build.sh hosts [RELEASE...]  follows the README on a fresh Debian of each release (bookworm, trixie, sid) and prints
                                 a table of how it went; needs root
  ./build.sh lint                checks style, floors, preemption points and the shape of the repository
  ./build.sh format              formats all C sources
  ./build.sh clean               removes everything that was built
  ./build.sh help                shows this

Tiers of tests: unit (portable code on this machine), system (programs that use system calls), boot (the image on many
machines), hostile (images and programs that try to break it), tools (this script and what it calls).

Every command first installs, after asking, what it needs. V=1 before a command shows each step as it is run,
CROSS=i686-elf- names another cross compiler, COMPILER=clang takes clang instead.
WHERE: a milestone (22, protected_mode), a symbol, file:line, an address.
TEXT
}

say() {
    printf '%s\n' "$*"
}

fail() {
    printf 'build.sh: %s\n' "$*" >&2
    exit 1
}

misused() {
    printf 'build.sh: %s\n' "$*" >&2
    exit 2
}

# ---- Setup ---------------------------------------------------------------------------------------------------------

# What a kind of work needs: package=command, or package=/file, a line each. A file may be a pattern.
needs() {
    case $1 in
    build)
        printf '%s\n' nasm=nasm make=make python3=/usr/bin/python3 mtools=mformat fdisk=sfdisk
        if [[ ${COMPILER-gcc} == clang* ]]; then
            printf '%s\n' "$COMPILER=$COMPILER" binutils=ld
        elif [[ -z ${CROSS-} ]] && ! command -v i686-elf-gcc >/dev/null; then
            printf '%s\n' gcc-i686-linux-gnu=i686-linux-gnu-gcc
        fi
        ;;
    bochs)
        printf '%s\n' bochs=bochs bochsbios=/usr/share/bochs/BIOS-bochs-latest \
            vgabios=/usr/share/vgabios/vgabios.bin 'bochs-x=/usr/lib/*/bochs/plugins/libbx_x_gui.so' \
            'bochs-term=/usr/lib/*/bochs/plugins/libbx_term_gui.so'
        ;;
    qemu) printf '%s\n' qemu-system-x86=qemu-system-i386 ;;
    gdb) printf '%s\n' gdb=gdb ;;
    test)
        printf '%s\n' python3=/usr/bin/python3 gcc=gcc \
            'python3-pytest=/usr/lib/python3*/*-packages/pytest/__init__.py' \
            'python3-pytest-xdist=/usr/lib/python3*/*-packages/xdist/__init__.py' \
            libc6-dev=/usr/include/stdio.h spin=spin libcmocka-dev=/usr/include/cmocka.h \
            clang=clang 'libclang-rt-dev=/usr/lib/llvm-*/lib/clang/*/lib/linux/libclang_rt.fuzzer-*.a'
        ;;
    format) printf '%s\n' clang-format=clang-format ;;
    hosts) printf '%s\n' debootstrap=debootstrap python3=/usr/bin/python3 git=git ;;
    browser)
        printf '%s\n' chromium=chromium chromium-driver=chromedriver \
            'python3-selenium=/usr/lib/python3*/*-packages/selenium/__init__.py'
        ;;
    lint)
        printf '%s\n' shellcheck=shellcheck clang-format=clang-format cppcheck=cppcheck pyflakes3=pyflakes3 \
            python3=/usr/bin/python3
        ;;
    esac
}

is_debian() {
    command -v apt-get >/dev/null && command -v dpkg-query >/dev/null
}

# Debian's own Python has the modules of Debian's packages; another one that stands first on the PATH has not.
python=python3
! is_debian || python=/usr/bin/python3

is_there() {
    if [[ $1 != /* ]]; then
        type -P "$1" >/dev/null # not one of our own functions
    elif is_debian; then
        compgen -G "$1" >/dev/null
    elif [[ $1 =~ /(pytest|xdist|selenium)/ ]]; then
        "$python" -c "import ${BASH_REMATCH[1]}" 2>/dev/null
    fi # Elsewhere than on Debian the files of a package may lie anywhere: only commands are looked for.
}

# Prints `package command-or-file` for each thing that the given kinds of work need and that is not there.
missing() {
    local kind need
    for kind in "$@"; do
        while IFS= read -r need; do
            is_there "${need#*=}" || printf '%s %s\n' "${need%%=*}" "${need#*=}"
        done < <(needs "$kind")
    done | sort -u
}

may_install() {
    [[ ${1-} == --yes || ${CI-} == true ]] && return
    if [[ ! -t 0 ]]; then
        fail "nobody can be asked here; type \`./build.sh setup --yes\` to install them"
    fi
    local answer
    read -r -p "Install them with apt-get now? [Y/n] " answer || true
    [[ -z $answer || $answer == [Yy]* ]] || fail "nothing was installed; \`./build.sh setup\` asks again"
}

# Runs apt-get with what it says in build/setup.log. Waits for the locks of another one.
get() {
    "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive LC_ALL=C \
        apt-get -q -o DPkg::Lock::Timeout=300 "$@" >>build/setup.log 2>&1
}

# Ends with a sentence about why apt-get failed.
apt_failed() {
    local again="Nothing is lost: \`./build.sh setup\` goes on where it stopped"
    tail -n 15 build/setup.log >&2
    case $(<build/setup.log) in
    *"dpkg was interrupted"*)
        fail "an installation before this one was cut off. As root, \`dpkg --configure -a\` ends it. $again"
        ;;
    *"Could not get lock"* | *"Unable to acquire"* | *"Unable to lock"*)
        fail "another program is installing packages, and held apt's lock for 5 minutes; the lines above name it." \
            "$again"
        ;;
    *"Temporary failure resolving"* | *"Could not resolve"* | *"Could not connect"* | *"Failed to fetch"* | \
        *"Unable to fetch"*)
        fail "the Debian mirror did not give what was asked for; the lines above say which. Is there a network? $again"
        ;;
    *) fail "apt-get failed; the lines above are the end of build/setup.log. $again" ;;
    esac
}

# refuse_impossible LACKING PACKAGE... ends when apt knows one of them not, or would have to remove another for it.
refuse_impossible() {
    local package plan removed
    for package in "${@:2}"; do
        [[ $(LC_ALL=C apt-cache policy "$package") =~ Candidate:\ [^\(] ]] && continue
        grep -q '^[EW]: ' build/setup.log && apt_failed
        fail "the mirrors in apt's sources have no package $package, which brings" \
            "$(awk -v package="$package" '$1 == package { print $2 }' <<<"$1"); nothing was installed." \
            "\`apt-file search\` finds a package by its file; once the file is there, this goes on"
    done
    plan=$(LC_ALL=C apt-get -s install --no-install-recommends "${@:2}" 2>&1) || {
        say "$plan" >>build/setup.log
        apt_failed
    }
    removed=$(awk '$1 == "Remv" { print $2 }' <<<"$plan" | tr '\n' ' ')
    [[ -z $removed ]] ||
        fail "apt would have to remove ${removed% }, for ${*:2}; nothing was installed or removed." \
            "If you can do without, type \`apt-get install ${*:2}\` yourself. Else a compiler of yours may do:" \
            "COMPILER=clang, or CROSS=PREFIX"
}

# install_missing ANSWER KIND... installs what those kinds of work need; --yes as ANSWER does not ask.
install_missing() {
    local answer=$1 lacking packages as_root=()
    lacking=$(missing "${@:2}")
    [[ -n $lacking ]] || return 0
    mapfile -t packages < <(cut -d' ' -f1 <<<"$lacking" | sort -u)
    if ! is_debian; then
        say "This is not Debian. Please install what provides these; the name of the Debian package stands first:"
        say "$lacking"
        fail "they are needed before this can go on; docs/hosts.md names the packages of some other systems"
    fi
    say "These Debian packages are missing: ${packages[*]}"
    may_install "$answer"
    if [[ $EUID != 0 ]]; then
        command -v sudo >/dev/null || fail "as root, type \`apt-get install ${packages[*]}\`; there is no sudo here"
        as_root=(sudo)
    fi
    mkdir -p build
    : >build/setup.log
    say "Installing them; what apt-get says goes to build/setup.log."
    # A mirror that is not needed may be out of order: what counts is whether the packages can be had.
    get update || true
    refuse_impossible "$lacking" "${packages[@]}"
    get install -y --no-install-recommends --no-remove "${packages[@]}" || apt_failed
    lacking=$(missing "${@:2}")
    [[ -z $lacking ]] || fail "still missing after the installation: $lacking"
}

need() {
    [[ ${COMPILER-gcc} =~ ^(gcc|clang(-[0-9]+)?)$ ]] ||
        misused "COMPILER is gcc, clang or clang-VERSION, not '$COMPILER'; CROSS names another GCC by its prefix"
    if [[ -n ${CROSS-} && ${COMPILER-gcc} == gcc ]] && ! command -v "${CROSS}gcc" >/dev/null; then
        fail "CROSS is set to $CROSS, but there is no ${CROSS}gcc on the PATH"
    fi
    install_missing "" "$@"
}

setup() {
    [[ ${1---yes} == --yes && $# -le 1 ]] || misused "setup takes only --yes, not '$*'"
    install_missing "${1-}" build bochs qemu gdb test lint
    say "Everything that Megha needs is installed."
}

# ---- Build ---------------------------------------------------------------------------------------------------------

# One build at a time in this folder. The lock is released when this process ends or calls unlock.
lock() {
    exec 9<tools
    flock -n 9 && return
    say "Another build.sh is building in this folder; waiting for it."
    flock -w 600 9 || fail "it has been building for 10 minutes; end it, then type this again"
}

unlock() {
    exec 9<&-
}

# Runs make's goals. Sources are compiled by as many processes as there are processors.
build() {
    lock
    mkdir -p build 2>/dev/null || true
    [[ -d build && -w build ]] ||
        fail "the folder build cannot be written; \`ls -ld build\` shows whose it is, \`rm -rf build\` makes room"
    make -f tools/Makefile --output-sync -j"$(nproc)" ${V:+V="$V"} "$@" ||
        fail "the build stopped; the first error above says where"
    unlock
}

image() {
    need build
    build image
    say "build/disk.img is ready."
}

# ---- Run and debug -------------------------------------------------------------------------------------------------

run_bochs() {
    printf 'continue\n' >build/run.rc
    if [[ -n ${DISPLAY-} ]]; then
        say "Bochs opens a window. Type halt there to switch the machine off; the serial port goes to build/serial.txt."
        exec "$python" tools/run_bochs.py window build/run.rc
    elif [[ -t 0 && -t 1 ]]; then
        exec "$python" tools/run_bochs.py run build/run.rc
    else
        misused "Bochs needs a display or a terminal; \`./build.sh run qemu\` works without either"
    fi
}

run() {
    local emulator=${1-bochs} disk=build/disk.img
    [[ $emulator == bochs || $emulator == qemu ]] || misused "no emulator '$emulator'; there are: bochs qemu"
    [[ $# -le 1 || $* == "qemu tests" ]] || misused "run takes an emulator, bochs or qemu, or 'qemu tests', not '$*'"
    need build "$emulator"
    image
    if [[ ${2-} == tests ]]; then
        build test-image
        disk=build/test.img
    fi
    case $emulator in
    bochs) run_bochs ;;
    qemu) exec "$python" tools/run_qemu.py "$disk" ;;
    esac
}

debug() {
    need build bochs
    image
    exec "$python" tools/debug.py "$@"
}

gdb() {
    need build qemu gdb
    image
    exec "$python" tools/run_gdb.py "$@"
}

# Builds nothing: a report is of the system as it was built.
explain() {
    need build # its binutils read the symbols
    exec "$python" tools/explain.py "$@"
}

lesson() {
    need build bochs
    image >&2
    exec "$python" tools/lesson.py "$@"
}

usb() {
    need build
    image
    exec "$python" tools/usb.py build/disk.img "$@"
}

# Nothing in it depends on when, where or by whom it was made.
release() {
    [[ $# == 0 ]] || misused "release takes nothing more, not '$*'"
    need build
    image
    lock
    rm -rf build/release
    mkdir -p build/release
    cp build/disk.img build/release/megha.img
    gzip -9 --no-name --keep build/release/megha.img
    cp build/megha.sym build/release/megha.sym
    (cd build/release && sha256sum megha.img megha.img.gz megha.sym >SHA256SUMS)
    unlock
    say "build/release holds megha.img, megha.img.gz, megha.sym and SHA256SUMS."
}

trace() {
    need build bochs
    image
    exec "$python" tools/trace_boot.py "$@"
}

# ---- Check ---------------------------------------------------------------------------------------------------------

test_tiers() {
    local tier=${1-} tiers=$TIERS
    [[ $# -le 2 ]] || misused "test takes a tier and a name, not '$*'"
    if [[ -n $tier ]]; then
        [[ " $TIERS " == *" $tier "* ]] || misused "no tier '$tier'; there are: $TIERS"
        tiers=$tier
    fi
    case $tier in
    unit) need test ;;
    "" | tools) need build bochs qemu gdb test lint ;;
    *) need build bochs qemu test ;;
    esac
    # One file of tests drives a browser. Where none can be had, the rest still runs, and its tests say why they do not.
    case $tier in
    "" | tools) (install_missing "" browser) || say "Without a browser the trace's page is not tested." ;;
    esac
    [[ $tier == unit ]] || build image test-image
    local folders=()
    for tier in $tiers; do
        folders+=("tests/$tier")
    done
    local which=()
    case ${2-} in
    "") ;;
    all) which=(--all) ;;
    *) which=("--name=$2") ;;
    esac
    exec "$python" tests/run.py "${which[@]}" "${folders[@]}"
}

# Bench also compiles a plugin of QEMU with gcc, and runs Bochs; where one is missing, it says so and measures the rest.
bench() {
    case "$*" in
    "" | boot | --check | --record | "--peer linux") ;;
    *) misused "bench takes boot, --check, --record or --peer linux, not '$*'" ;;
    esac
    if [[ ${1-} == boot ]]; then
        need build bochs
        build image
        exec "$python" tools/bench_boot.py
    fi
    need build qemu
    local bench=("$python" tools/bench.py build/disk.img build/kernel/kernel.lst build/bench.csv)
    if [[ ${1-} != --peer ]]; then
        build image
        exec "${bench[@]}" "$@"
    fi
    build image peer
    rm -f build/bench.csv # figures of another day would stand beside Linux's
    local status=0
    "${bench[@]}" || status=$?
    "$python" tools/bench_peer.py build/bench.csv build/peer || status=$?
    exit "$status"
}

soak() {
    need build bochs qemu test
    "$python" tools/soak.py --check "$@" || exit
    build image test-image
    say "The model of messages, a million damaged inputs for each loader, then rounds of attacks; Ctrl-C ends it."
    "$python" tests/model/model.py
    "$python" tests/fuzz/fuzz.py --runs 1000000
    exec "$python" tools/soak.py "$@"
}

hosts() {
    is_debian || fail "hosts needs debootstrap and apt-get, of Debian"
    [[ $EUID == 0 ]] || fail "hosts makes a system in a folder, and needs root: \`sudo ./build.sh hosts\`"
    need hosts
    exec "$python" tools/hosts.py "$@"
}

lint() {
    [[ $# == 0 ]] || misused "lint takes nothing more, not '$*'"
    need build lint
    build image test-image
    tools/lint.sh
}

format() {
    [[ $# == 0 ]] || misused "format takes nothing more, not '$*'"
    need format
    find bootloader kernel include lib apps tests -name '*.[ch]' -print0 | xargs -0 -r clang-format -i
    say "All C sources are formatted."
}

clean() {
    [[ $# == 0 ]] || misused "clean takes nothing more, not '$*'"
    lock
    rm -rf build
    say "Everything that was built is removed."
}

command=${1-help}
[[ $# == 0 ]] || shift
[[ ${1-} != --help && ${1-} != -h ]] || command=help
case $command in
setup | run | debug | gdb | trace | explain | lesson | usb | release | bench | soak | hosts | lint | format | clean)
    "$command" "$@"
    ;;
image)
    [[ $# == 0 ]] || misused "image takes nothing more, not '$*'"
    image
    ;;
test) test_tiers "$@" ;;
help | --help | -h) help ;;
*)
    misused "no command '$command'; there are: setup image run debug gdb trace explain lesson usb release test bench" \
        "soak hosts lint format clean help"
    ;;
esac
