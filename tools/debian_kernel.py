"""A kernel of Debian 12 for i386, kept in a folder: fetched by apt-get once, used from there ever after.

apt-get gets lists and a configuration of its own, so that those of the computer stay as they are. It takes the
computer's mirror and proxy, and it checks signatures, whatever the computer's configuration allows.
"""

import contextlib
import fcntl
import os
import re
import shutil
import subprocess

import terminal

SERIES, RELEASE = "6.1", "bookworm"
KERNEL = re.compile(rf"vmlinuz-{re.escape(SERIES)}\.[\w.+-]+-686")
PACKAGE = re.compile(rf"Depends: (linux-image-{re.escape(SERIES)}\.\S+-686)$", re.MULTILINE)
KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg"
MIRROR = "http://deb.debian.org/debian"
SECURITY = "http://deb.debian.org/debian-security"
LIMIT = 900  # seconds for what apt-get does at a time; it gives up a server that is silent for 20
BY_HAND = f"put a vmlinuz-{SERIES}.*-686 of Debian 12 for i386 into the folder {{}}, and it is used"
CONFIGURATION = """\
Dir::State "{work}/state";
Dir::State::status "/dev/null";
Dir::Cache "{work}/cache";
Dir::Cache::pkgcache "";
Dir::Cache::srcpkgcache "";
Dir::Etc::sourcelist "{work}/sources.list";
Dir::Etc::sourceparts "/dev/null";
Dir::Etc::preferences "/dev/null";
Dir::Etc::preferencesparts "/dev/null";
#clear APT::Update::Pre-Invoke;
#clear APT::Update::Post-Invoke;
#clear APT::Update::Post-Invoke-Success;
#clear APT::Architectures;
#clear Acquire::Languages;
#clear APT::Default-Release;
APT::Architecture "i386";
APT::Architectures "i386";
APT::Sandbox::User "root";
APT::Update::Error-Mode "any";
APT::Get::AllowUnauthenticated "false";
Acquire::AllowInsecureRepositories "false";
Acquire::AllowWeakRepositories "false";
Acquire::AllowDowngradeToInsecureRepositories "false";
Acquire::Languages "none";
Acquire::Retries "1";
Acquire::http::Timeout "20";
Acquire::https::Timeout "20";
"""


class Mishap(Exception):
    """Why there is no kernel, as a sentence without its full stop."""


def run(*command, **options):
    """What a command prints. It ends when we do, and after LIMIT at the latest."""
    name = " ".join(word for word in command[:2] if "/" not in word)
    try:
        done = subprocess.run([*terminal.WITH_US, *command], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, text=True, errors="replace", timeout=LIMIT, check=False,
                              **options)  # fmt: skip
    except subprocess.TimeoutExpired:
        raise Mishap(f"`{name}` was not done after {LIMIT} seconds") from None
    if done.returncode:
        complaints = re.findall(r"^[EW]: +(.+)$", done.stderr, re.MULTILINE) or done.stderr.splitlines()
        why = complaints[0].strip().rstrip(".") if complaints else f"it ended with status {done.returncode}"
        raise Mishap(f"`{name}` failed: {why}")
    return done.stdout


# ---- Where it comes from


def entries():
    """(release, URI) of what the computer's apt takes packages from."""
    known = run("apt-get", "indextargets", "--format", "$(COMPONENT) $(RELEASE) $(REPO_URI)", "Created-By: Packages")
    return dict.fromkeys(tuple(line.split()[1:]) for line in known.splitlines() if line.startswith("main "))


def mirror(known=None):
    """The computer's mirror of Debian, else Debian's own; `known` is what entries() gave, if it was asked already."""
    known = entries() if known is None else known
    return next((uri for _, uri in known if uri.rstrip("/").endswith("/debian")), MIRROR)


def sources():
    """Lines of a sources.list: the computer's own mirror of Debian 12, else its mirror of Debian, else Debian's."""
    known = entries()
    found = [(uri, release) for release, uri in known if release.partition("-")[0] == RELEASE]
    signed = f"[signed-by={KEYRING}] " if os.path.exists(KEYRING) else ""
    found = found or [(mirror(known), RELEASE), (SECURITY, f"{RELEASE}-security")]
    return "".join(f"deb {signed}{uri} {release} main\n" for uri, release in found)


def write(path, text):
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)


def find_package(configured):
    """The name of the newest package of the series. Of three lists that are asked for, one may be enough."""
    trouble = Mishap(f"Debian 12 has no kernel of the series {SERIES} for i386 any more")
    try:
        run("apt-get", "update", *configured)
    except Mishap as mishap:
        trouble = mishap
    try:
        package = PACKAGE.search(run("apt-cache", "depends", *configured, "linux-image-686"))
    except Mishap:  # it knows no package of this name
        package = None
    if not package:
        raise trouble
    return package[1]


def download(work):
    """Fetches the newest kernel of the series into the folder `work`, which is empty, and returns its file there."""
    for part in ("state/lists/partial", "cache/archives/partial"):
        os.makedirs(f"{work}/{part}")
    write(f"{work}/sources.list", sources())
    write(f"{work}/apt.conf", CONFIGURATION.format(work=work))
    configured = ("-q", "-c", f"{work}/apt.conf")
    package = find_package(configured)
    run("apt-get", "download", *configured, package, cwd=work)
    fetched = [name for name in os.listdir(work) if name.endswith(".deb")]
    if len(fetched) != 1:
        raise Mishap(f"`apt-get download` left no package of {package}")
    os.mkdir(f"{work}/files")
    run("dpkg-deb", "--extract", f"{work}/{fetched[0]}", f"{work}/files")
    return newest(f"{work}/files/boot")


# ---- Where it is kept


def is_whole(path):
    """Whether a file is a kernel up to its end: its header tells how long it is."""
    with open(path, "rb") as file:
        header = file.read(0x206)
    if header[0x202:] != b"HdrS":
        return False
    sectors, paragraphs = header[0x1F1] or 4, int.from_bytes(header[0x1F4:0x1F8], "little")
    return os.path.getsize(path) >= (sectors + 1) * 512 + paragraphs * 16


def newest(folder):
    """The newest whole kernel in a folder, or None."""
    names = [name for name in os.listdir(folder) if KERNEL.fullmatch(name)] if os.path.isdir(folder) else []
    names.sort(key=lambda name: [int(number) for number in re.findall(r"\d+", name)])
    return next((f"{folder}/{name}" for name in reversed(names) if is_whole(f"{folder}/{name}")), None)


@contextlib.contextmanager
def alone(folder):
    """Another one that fetches into this folder is waited for; that ends, since every step of it does."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def fetch(folder):
    """Puts a kernel into the folder: nothing of it is there before all of it is."""
    for command in ("apt-get", "apt-cache", "dpkg-deb"):
        if not shutil.which(command):
            raise Mishap(f"Debian's kernel cannot be fetched without {command}; {BY_HAND.format(folder)}")
    print(f"apt-get fetches Debian's kernel for i386, some 80 MB, into {folder}.", flush=True)
    work = os.path.abspath(f"{folder}/fetch")
    shutil.rmtree(work, ignore_errors=True)  # of one that was killed
    os.mkdir(work)
    try:
        kernel = download(work)
        if not kernel:
            raise Mishap("Debian's package holds no whole kernel")
        os.replace(kernel, f"{folder}/{os.path.basename(kernel)}")
    except Mishap as mishap:
        raise Mishap(f"Debian's kernel cannot be had: {mishap}; try again, or {BY_HAND.format(folder)}") from None
    finally:
        shutil.rmtree(work, ignore_errors=True)


def find(folder):
    """The kernel's file, from the folder or, where it holds none, from Debian."""
    os.makedirs(folder, exist_ok=True)
    with alone(folder):
        if not newest(folder):
            fetch(folder)
        return newest(folder)
