"""Which disks may be written: the rules, on what `lsblk` tells. No disk is touched here."""

import json
import os
import subprocess

COLUMNS = "NAME,PATH,TYPE,SIZE,MODEL,SERIAL,TRAN,RM,HOTPLUG,RO,FSTYPE,LABEL,MOUNTPOINTS,MAJ:MIN,LOG-SEC"
SECTOR = 512  # the unit in which the image and the BIOS count
LARGEST = 128 * 1000**3  # a stick; what is larger is more likely somebody's backup disk
SYSTEM_PLACES = ("/", "/boot", "/boot/efi", "/home", "/usr", "/var")


class Refusal(Exception):
    """A sentence that says why, and what to do."""


def list_devices(recorded=None):
    """The tree of block devices as `lsblk` prints it; `recorded` is a file that holds such output."""
    if recorded:
        with open(recorded, encoding="utf-8") as text:
            return json.load(text)["blockdevices"]
    try:
        told = subprocess.run(["lsblk", "-b", "-J", "-o", COLUMNS], capture_output=True, text=True, check=True)
    except FileNotFoundError:
        raise Refusal("lsblk is not there, which tells one disk from another; install the package util-linux") from None
    except subprocess.CalledProcessError as error:
        raise Refusal(f"lsblk failed: {error.stderr.strip()}") from None
    return json.loads(told.stdout)["blockdevices"]


def with_children(device):
    yield device
    for child in device.get("children", []):
        yield from with_children(child)


def mount_points(device):
    return [place for part in with_children(device) for place in part.get("mountpoints") or [] if place]


def of_partition(devices, name):
    """The disk whose partition (or whatever lies in it) has that name."""
    for disk in devices:
        if any(part["name"] == name for part in with_children(disk) if part is not disk):
            return disk
    return None


def find(devices, name):
    short = name.removeprefix("/dev/")
    for disk in devices:
        if disk["name"] == short:
            return disk
    disk = of_partition(devices, short)
    if disk:
        raise Refusal(f"{short} is a part of {disk['name']}; name the whole disk")
    raise Refusal(f"there is no disk {short}; `./build.sh usb` without a name lists those that may be written")


def why_not(disk, image_size, image_device=None, large=False):
    """The reasons not to write this disk, as sentences; empty if it may be written."""
    name = disk["name"]
    reasons = []
    kinds = {part.get("type") for part in with_children(disk)}
    systems = {part.get("fstype") for part in with_children(disk)}
    places = mount_points(disk)
    size = int(disk.get("size") or 0)
    if disk.get("type") != "disk":
        reasons.append(f"{name} is no disk but a {disk.get('type')} device")
    if disk.get("tran") != "usb":
        reasons.append(f"{name} is not on USB, so it is no stick")
    elif not (disk.get("rm") or disk.get("hotplug")):
        reasons.append(f"{name} does not say that it can be removed")
    if disk.get("ro"):
        reasons.append(f"{name} is read-only; does the stick have a switch for that?")
    block = int(disk.get("log-sec") or SECTOR)
    if block != SECTOR:
        reasons.append(f"{name} counts in blocks of {block} bytes, and the image is made for {SECTOR}: it would not "
                       "boot; use another stick")
    if any(place in SYSTEM_PLACES for place in places):
        reasons.append(f"{name} holds the system that runs now")
    elif "[SWAP]" in places or "swap" in systems:
        reasons.append(f"{name} holds swap space; `swapoff` it first")
    elif places:
        reasons.append(f"{name} is in use: mounted at {', '.join(places)}; unmount that first")
    if "lvm" in kinds or "LVM2_member" in systems:
        reasons.append(f"{name} belongs to a volume group (LVM)")
    if "linux_raid_member" in systems or any(str(kind).startswith("raid") for kind in kinds):
        reasons.append(f"{name} belongs to a RAID")
    if "crypt" in kinds:
        reasons.append(f"{name} holds an encrypted volume that is open; close it first")
    if image_device and any(part.get("maj:min") == image_device for part in with_children(disk)):
        reasons.append(f"{name} is the disk that the image lies on")
    if size == 0:
        reasons.append(f"{name} has no medium in it")
    elif size < image_size:
        reasons.append(f"{name} has {size} bytes, fewer than the image's {image_size}")
    elif size > LARGEST and not large:
        reasons.append(f"{name} is larger than 128 GB; --large writes it all the same")
    return reasons


def device_of(path):
    """The `major:minor` of the device that a file lies on."""
    number = os.stat(path).st_dev
    return f"{os.major(number)}:{os.minor(number)}"


def describe(disk):
    """A line for the disk and one for each of its parts."""
    size = int(disk.get("size") or 0)
    words = [(disk.get("model") or "no model name").strip(), f"{size / 1e9:.1f} GB"]
    if disk.get("serial"):
        words.append(f"serial {disk['serial']}")
    lines = [f"{disk['name']}: {', '.join(words)}"]
    for part in with_children(disk):
        if part is not disk:
            label = f" \"{part['label']}\"" if part.get("label") else ""
            lines.append(f"  {part['name']}: {int(part.get('size') or 0) / 1e6:.0f} MB, "
                         f"{part.get('fstype') or 'unknown contents'}{label}")
    return "\n".join(lines)
