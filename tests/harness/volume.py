"""Where things lie on the FAT16 volume of an image, and entries of its FAT."""

from harness.image import PARTITION
from harness.places import SECTOR

ENTRY = 32  # bytes in a directory
FAT_ENTRY = 2


class Volume:
    """Sectors are those of the disk."""

    def __init__(self, image):
        self.image = image
        record = image.bytes(PARTITION * SECTOR, SECTOR)
        self.cluster_sectors, self.copies = record[13], record[16]
        self.fat = PARTITION + int.from_bytes(record[14:16], "little")
        self.fat_sectors = int.from_bytes(record[22:24], "little")
        self.root = self.fat + self.copies * self.fat_sectors
        self.data = self.root + int.from_bytes(record[17:19], "little") * ENTRY // SECTOR
        sectors = int.from_bytes(record[19:21], "little") or int.from_bytes(record[32:36], "little")
        self.clusters = (PARTITION + sectors - self.data) // self.cluster_sectors

    def cluster(self, path):
        """The first cluster of a file or folder."""
        return (self.image.first_sector(path) - self.data) // self.cluster_sectors + 2

    def link(self, cluster, value, copies=None):
        """Sets a cluster's entry in all copies of the FAT, or in these."""
        for copy in range(self.copies) if copies is None else copies:
            at = (self.fat + copy * self.fat_sectors) * SECTOR + cluster * FAT_ENTRY
            self.image.write(at, value.to_bytes(FAT_ENTRY, "little"))

    def entry(self, folder, short_name):
        """Offset on the disk of the entry with this name of 11 characters; folder "/" is the root."""
        start = (self.root if folder == "/" else self.image.first_sector(folder)) * SECTOR
        for at in range(start, start + 4096, ENTRY):
            if self.image.bytes(at, 11) == short_name.encode():
                return at
        raise AssertionError(f"no entry {short_name} in {folder}")
