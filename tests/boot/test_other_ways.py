"""Other ways to boot the same image: memdisk by isolinux and by GRUB, GRUB's chainloader, and DOSBox.

docs/hosts.md shows the same configurations. What is not installed is skipped, with the packages that bring it.
"""

import gzip
import os
import pathlib
import shutil
import subprocess

import pytest

from harness.machine import WITH_US, Machine
from harness.places import DISK
from harness.qemu import Qemu
from harness.road import boot, say_hello

PACKAGES = "syslinux-common isolinux grub-pc-bin grub-common xorriso dosbox"
MEMDISK = pathlib.Path("/usr/lib/syslinux/memdisk")
ISOLINUX = pathlib.Path("/usr/lib/ISOLINUX/isolinux.bin")
MODULE = pathlib.Path("/usr/lib/syslinux/modules/bios/ldlinux.c32")
BY_ISOLINUX = """\
default megha
label megha
  linux /memdisk
  initrd /megha.img.gz
  append harddisk
"""
BY_GRUB = """\
set timeout=0
menuentry megha {
    linux16 /memdisk harddisk
    initrd16 /megha.img.gz
}
"""
BY_CHAINLOADER = """\
set timeout=0
menuentry megha {
    set root=(hd0)
    chainloader +1
}
"""
CD = ("-boot", "d", "-cdrom")


def need(*things):
    there = (shutil.which(thing) if isinstance(thing, str) else thing.exists() for thing in things)
    missing = [str(thing) for thing, found in zip(things, there) if not found]
    if missing:
        pytest.skip(f"{', '.join(missing)} not here; `apt-get install {PACKAGES}` brings it")


def run(*command):
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


@pytest.fixture(scope="module")
def content(tmp_path_factory):
    """A folder with memdisk and the packed image, as it may lie on a CD or a server."""
    folder = tmp_path_factory.mktemp("cd")
    if MEMDISK.exists():
        shutil.copy(MEMDISK, folder / "memdisk")
    (folder / "megha.img.gz").write_bytes(gzip.compress(DISK.read_bytes(), 1))
    return folder


def reaches_the_prompt(machine):
    with machine:
        boot(machine)
        say_hello(machine)


def test_memdisk_boots_it_from_isolinux(content, tmp_path):
    need(MEMDISK, ISOLINUX, MODULE, "xorriso")
    for file in (ISOLINUX, MODULE):
        shutil.copy(file, content)
    (content / "isolinux.cfg").write_text(BY_ISOLINUX, encoding="ascii")
    cd = tmp_path / "cd.iso"
    run("xorriso", "-as", "mkisofs", "-quiet", "-o", str(cd), "-b", "isolinux.bin", "-no-emul-boot",
        "-boot-load-size", "4", "-boot-info-table", str(content))  # fmt: skip
    reaches_the_prompt(Qemu(None, *CD, str(cd), medium="none", memory="256M"))


def grub(content, configuration, cd):
    need("grub-mkrescue", pathlib.Path("/usr/lib/grub/i386-pc/chain.mod"), "xorriso", "mformat")
    folder = content / "boot/grub"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "grub.cfg").write_text(configuration, encoding="ascii")
    run("grub-mkrescue", "-d", "/usr/lib/grub/i386-pc", "--locales=", "--fonts=", "--themes=", "-o", str(cd),
        str(content))  # fmt: skip
    return cd


def test_memdisk_boots_it_from_grub(content, tmp_path):
    need(MEMDISK)
    cd = grub(content, BY_GRUB, tmp_path / "cd.iso")
    reaches_the_prompt(Qemu(None, *CD, str(cd), medium="none", memory="256M"))


def test_the_chainloader_of_grub_boots_it(tmp_path):
    empty = tmp_path / "content"
    empty.mkdir()
    cd = grub(empty, BY_CHAINLOADER, tmp_path / "cd.iso")
    reaches_the_prompt(Qemu(DISK, *CD, str(cd)))


class DosBox(Machine):
    """Megha in DOSBox, whose serial port is the harness's."""

    what = "DOSBox"

    def start(self):
        configuration = pathlib.Path(self.folder) / "dosbox.conf"
        configuration.write_text(
            "[cpu]\ncycles=max\n"
            f"[serial]\nserial1=nullmodem server:127.0.0.1 port:{self.line.port} transparent:1\n"
            f"[autoexec]\nimgmount 2 {DISK} -size 512,32,16,256 -t hdd -fs none\nboot -l c\n", encoding="utf-8",
        )  # fmt: skip
        environment = {**os.environ, "SDL_VIDEODRIVER": "dummy", "SDL_AUDIODRIVER": "dummy", "HOME": self.folder}
        self.process = subprocess.Popen([*WITH_US, "dosbox", "-conf", configuration], env=environment,
                                        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                        stderr=subprocess.DEVNULL)  # fmt: skip


def test_dosbox_boots_it():
    """DOSBox wraps only the first 64 KiB above 1 MiB: there A20 is found off only by a probe below them."""
    need("dosbox")
    with DosBox() as machine:
        machine.wait_for(r"milestone 26 a20_on", 30)
        machine.wait_for(r"milestone 40 kernel_loaded", 60)
