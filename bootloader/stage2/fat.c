/* A FAT16 volume (fat.h). */
#include "fat.h"

#include <boot/layout.h>
#include <lib/string.h>

#include "disk.h"
#include "fat_name.h"
#include "log.h"

#define CLUSTERS_MIN      4085  /* fewer are FAT12 */
#define CLUSTERS_MAX      65524 /* more are FAT32 */
#define FIRST_CLUSTER     2
#define CACHE_SECTORS     (DIRECTORY_SIZE / 2 / SECTOR_SIZE)
#define ENTRIES_A_SECTOR  (SECTOR_SIZE / sizeof(struct fat_raw))
#define DIRECTORY_SECTORS (65536 / ENTRIES_A_SECTOR) /* no FAT folder has more entries */
#define DELETED           0xE5
#define END_OF_CHAIN      0xFFF8

/* The parameters that we read, as bytes: they are not aligned. */
struct boot_record {
    uint8_t jump[11];
    uint8_t sector_size[2];
    uint8_t cluster_sectors;
    uint8_t reserved_sectors[2];
    uint8_t fat_copies;
    uint8_t root_entries[2];
    uint8_t sectors_16[2];
    uint8_t medium;
    uint8_t fat_size[2];
    uint8_t geometry[8];
    uint8_t sectors_32[4];
    uint8_t code[474];
    uint8_t signature[2];
};
_Static_assert(sizeof(struct boot_record) == SECTOR_SIZE, "a boot record is one sector");

static uint32_t word(const uint8_t *bytes)
{
    return bytes[0] | (uint32_t)bytes[1] << 8;
}

static uint32_t dword(const uint8_t *bytes)
{
    return word(bytes) | word(bytes + 2) << 16;
}

const char *fat_describe(int result)
{
    switch (result) {
    case FAT_NOT_FOUND:
        return "there is no such file";
    case FAT_BAD_CHAIN:
        return "its chain of clusters is damaged";
    case FAT_NO_BOOT_RECORD:
        return "its first sector is no FAT boot record";
    case FAT_NOT_FAT16:
        return "it holds a FAT12 or FAT32 volume, not FAT16";
    case FAT_TOO_LARGE:
        return "its boot record names more sectors than the partition has";
    default:
        return "reading it was stopped";
    }
}

/* Fills in the volume's layout from its boot record. */
static int take_layout(struct fat_volume *volume, const struct boot_record *record,
                       uint32_t partition_sectors)
{
    uint32_t total =
        word(record->sectors_16) ? word(record->sectors_16) : dword(record->sectors_32);
    uint32_t reserved = word(record->reserved_sectors);
    uint32_t root_entries = word(record->root_entries);
    uint32_t cluster = record->cluster_sectors;
    uint32_t front;

    volume->fat_copies = record->fat_copies;
    volume->fat_size = word(record->fat_size);
    if (word(record->signature) != 0xAA55 || word(record->sector_size) != SECTOR_SIZE || !cluster ||
        cluster & (cluster - 1) || !reserved || !total || !volume->fat_copies ||
        volume->fat_copies > 2)
        return FAT_NO_BOOT_RECORD;
    if (!volume->fat_size || !root_entries)
        return FAT_NOT_FAT16; /* FAT32 keeps both elsewhere */
    if (total > partition_sectors)
        return FAT_TOO_LARGE;
    volume->root_sectors =
        (root_entries + (uint32_t)ENTRIES_A_SECTOR - 1) / (uint32_t)ENTRIES_A_SECTOR;
    front = reserved + volume->fat_copies * volume->fat_size + volume->root_sectors;
    if (front >= total)
        return FAT_NO_BOOT_RECORD;
    volume->cluster_sectors = cluster;
    volume->cluster_count = (total - front) / cluster;
    if (volume->cluster_count < CLUSTERS_MIN || volume->cluster_count > CLUSTERS_MAX)
        return FAT_NOT_FAT16;
    volume->fat_sectors =
        ((volume->cluster_count + FIRST_CLUSTER) * 2 + SECTOR_SIZE - 1) / SECTOR_SIZE;
    if (volume->fat_sectors > volume->fat_size)
        return FAT_NO_BOOT_RECORD;
    volume->fat_lba = volume->lba + reserved;
    volume->root_lba = volume->fat_lba + volume->fat_copies * volume->fat_size;
    volume->data_lba = volume->root_lba + volume->root_sectors;
    return FAT_OK;
}

int fat_mount(struct fat_volume *volume, uint32_t lba, uint32_t sectors, struct fat_memory memory)
{
    int result;

    *volume = (struct fat_volume){
        .memory = memory,
        .lba = lba,
        .root.data = memory.directory,
        .folder.data = (uint8_t *)memory.directory + DIRECTORY_SIZE / 2,
    };
    /* The end of the last sector has to be a sector number, too. */
    if (lba + sectors < lba)
        return FAT_TOO_LARGE;
    if (disk_read(lba, 1, memory.bounce))
        return FAT_UNREADABLE;
    result = take_layout(volume, memory.bounce, sectors);
    if (result)
        return result;
    if (!disk_read(volume->fat_lba, volume->fat_sectors, memory.fat))
        return FAT_OK;
    if (volume->fat_copies < 2 ||
        disk_read(volume->fat_lba + volume->fat_size, volume->fat_sectors, memory.fat))
        return FAT_UNREADABLE;
    log_warning("the first copy of the FAT cannot be read (LBA %u); the second serves. "
                "Copy the files to another stick.",
                disk.bad_lba);
    return FAT_OK;
}

/* ---- Chains --------------------------------------------------------------------------------- */

static bool in_volume(const struct fat_volume *volume, uint32_t cluster)
{
    return cluster >= FIRST_CLUSTER && cluster < volume->cluster_count + FIRST_CLUSTER;
}

/*
 * Whether a chain stays in the volume and ends after `least` to `most` clusters. A loop does not
 * end. Only sound chains are read, so what follows needs no checks.
 */
static bool chain_is_sound(const struct fat_volume *volume, uint32_t cluster, uint32_t least,
                           uint32_t most)
{
    uint32_t count = 0;

    for (; count < most && in_volume(volume, cluster); count++)
        cluster = volume->memory.fat[cluster];
    return count >= least && cluster >= END_OF_CHAIN;
}

/* Takes a run of neighbouring clusters from the front of a sound chain, as sectors. */
static uint32_t take_run(const struct fat_volume *volume, uint32_t *cluster, uint32_t *lba)
{
    uint32_t sectors = 0;
    uint32_t here;

    *lba = volume->data_lba + (*cluster - FIRST_CLUSTER) * volume->cluster_sectors;
    do {
        here = *cluster;
        sectors += volume->cluster_sectors;
        *cluster = volume->memory.fat[here];
    } while (*cluster == here + 1);
    return sectors;
}

static uint32_t smaller(uint32_t a, uint32_t b)
{
    return a < b ? a : b;
}

/* ---- Files ---------------------------------------------------------------------------------- */

/* Reads `size` bytes from `lba` on, and passes them to the sink. */
static int read_run(struct fat_volume *volume, uint32_t lba, uint32_t size, fat_sink sink,
                    void *context)
{
    while (size) {
        uint32_t part = smaller(size, BOUNCE_SECTORS * SECTOR_SIZE);
        uint32_t sectors = (part + SECTOR_SIZE - 1) / SECTOR_SIZE;

        if (disk_read(lba, sectors, volume->memory.bounce))
            return FAT_UNREADABLE;
        if (!sink(context, volume->memory.bounce, part))
            return FAT_STOPPED;
        lba += sectors;
        size -= part;
    }
    return FAT_OK;
}

int fat_read(struct fat_volume *volume, const struct fat_entry *entry, fat_sink sink, void *context)
{
    uint32_t cluster_size = volume->cluster_sectors * SECTOR_SIZE;
    uint32_t clusters = entry->size / cluster_size + (entry->size % cluster_size != 0);
    uint32_t cluster = entry->cluster;
    uint32_t left = entry->size;

    if (!clusters)
        return FAT_OK;
    if (!chain_is_sound(volume, cluster, clusters, clusters))
        return FAT_BAD_CHAIN;
    while (left) {
        uint32_t lba;
        uint32_t sectors = take_run(volume, &cluster, &lba);
        uint32_t part = smaller(left, sectors * SECTOR_SIZE);
        int result = read_run(volume, lba, part, sink, context);

        if (result)
            return result;
        left -= part;
    }
    return FAT_OK;
}

/* ---- Folders -------------------------------------------------------------------------------- */

/* A folder that is being listed. */
struct listing {
    fat_visitor visit;
    void *context;
    struct fat_long_name name;
    bool ended; /* by the entry that ends all folders, or by the visitor */
    bool stopped;
};

static void take_entry(struct listing *listing, const struct fat_raw *raw)
{
    struct fat_entry entry = {
        .attributes = raw->attributes, .cluster = raw->cluster, .size = raw->size};

    if (raw->name[0] == DELETED) {
        listing->name.valid = false;
        return;
    }
    if (raw->attributes == FAT_LONG_NAME) {
        fat_long_name_add(&listing->name, raw);
        return;
    }
    if (!(raw->attributes & FAT_LABEL) && raw->name[0] != '.') {
        fat_name_of(&listing->name, raw, &entry);
        listing->stopped = !listing->visit(listing->context, &entry);
    }
    listing->name.valid = false;
}

/* Lists up to CACHE_SECTORS sectors, which one read brings unless they are in the cache already. */
static int list_piece(struct listing *listing, struct fat_cache *cache, uint32_t lba,
                      uint32_t sectors)
{
    const struct fat_raw *raw = (const void *)cache->data;

    if (cache->lba != lba) {
        cache->lba = 0;
        if (disk_read(lba, sectors, cache->data))
            return FAT_UNREADABLE;
        cache->lba = lba;
    }
    for (uint32_t i = 0; i < sectors * ENTRIES_A_SECTOR; i++) {
        listing->ended = !raw[i].name[0];
        if (listing->ended)
            return FAT_OK;
        take_entry(listing, &raw[i]);
        if (listing->stopped)
            return FAT_STOPPED;
    }
    return FAT_OK;
}

static int list_run(struct listing *listing, struct fat_cache *cache, uint32_t lba,
                    uint32_t sectors)
{
    int result = FAT_OK;

    while (sectors && !result && !listing->ended) {
        uint32_t part = smaller(sectors, CACHE_SECTORS);

        result = list_piece(listing, cache, lba, part);
        lba += part;
        sectors -= part;
    }
    return result;
}

int fat_list(struct fat_volume *volume, const struct fat_entry *folder, fat_visitor visit,
             void *context)
{
    struct listing listing = {.visit = visit, .context = context};
    uint32_t cluster = folder->cluster;
    int result = FAT_OK;

    if (!cluster)
        return list_run(&listing, &volume->root, volume->root_lba, volume->root_sectors);
    if (!chain_is_sound(volume, cluster, 1, DIRECTORY_SECTORS / volume->cluster_sectors + 1))
        return FAT_BAD_CHAIN;
    while (cluster < END_OF_CHAIN && !result && !listing.ended) {
        uint32_t lba;
        uint32_t sectors = take_run(volume, &cluster, &lba);

        result = list_run(&listing, &volume->folder, lba, sectors);
    }
    return result;
}

struct search {
    const char *name;
    struct fat_entry *found;
};

static bool compare(void *context, const struct fat_entry *entry)
{
    struct search *search = context;

    if (entry->cut || !text_same_ignoring_case(entry->name, search->name))
        return true;
    *search->found = *entry;
    return false;
}

/* Copies the next name of a path and returns what follows it; NULL where it is too long. */
static const char *next_name(const char *path, char *name)
{
    size_t length = 0;

    while (path[length] && path[length] != '/')
        length++;
    if (length >= FAT_NAME_MAX)
        return NULL;
    memcpy(name, path, length);
    name[length] = '\0';
    return path + length;
}

int fat_find(struct fat_volume *volume, const char *path, struct fat_entry *found)
{
    char name[FAT_NAME_MAX];
    struct search search = {.name = name, .found = found};

    *found = (struct fat_entry){.name = "/", .attributes = FAT_FOLDER};
    for (;;) {
        struct fat_entry folder;
        int result;

        while (*path == '/')
            path++;
        if (!*path)
            return FAT_OK;
        path = next_name(path, name);
        if (!path || !(found->attributes & FAT_FOLDER))
            return FAT_NOT_FOUND;
        folder = *found;
        result = fat_list(volume, &folder, compare, &search);
        if (result != FAT_STOPPED)
            return result ? result : FAT_NOT_FOUND;
        /* Cluster 0 means the root only in `..`; elsewhere it is an empty file, or damage. */
        if (found->attributes & FAT_FOLDER && !found->cluster)
            return FAT_BAD_CHAIN;
    }
}
