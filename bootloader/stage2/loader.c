/* Kernel and boot files (loader.h). */
#include "loader.h"

#include <abi/layout.h>
#include <boot/layout.h>
#include <lib/crc32.h>
#include <lib/format.h>
#include <lib/string.h>

#include "config.h"
#include "disk.h"
#include "fatal.h"
#include "info.h"
#include "log.h"
#include "partition.h"

#define REASON_MAX  160
#define ADVICE_COPY "Copy the file onto the stick again."
#define ADVICE_MARK "Mark the FAT16 partition, and no other, as active; or write the image again."

/* Why an operation on the volume failed, as a part of a sentence. */
static const char *reason(int result)
{
    static char text[REASON_MAX];

    if (result != FAT_UNREADABLE)
        return fat_describe(result);
    disk_describe_failure(text, sizeof text);
    return text;
}

static uint32_t kib(uint32_t bytes)
{
    return bytes / 1024 + (bytes % 1024 != 0);
}

/* ---- The volume ----------------------------------------------------------------------------- */

static struct partition find_partition(void)
{
    struct partition found;

    switch (partition_find((const void *)PARTITION_TABLE, &found)) {
    case PARTITION_NONE_ACTIVE:
        fatal(ADVICE_MARK, "no partition of drive %02Xh is active", disk.drive);
    case PARTITION_TWO_ACTIVE:
        fatal(ADVICE_MARK, "more than one partition of drive %02Xh is active", disk.drive);
    case PARTITION_WRONG_TYPE:
        fatal(ADVICE_MARK,
              "the active partition of drive %02Xh has type %02Xh; a FAT16 one has 04h, 06h or 0Eh",
              disk.drive, found.type);
    case PARTITION_EMPTY:
        fatal(ADVICE_MARK, "the active partition of drive %02Xh has %u sectors from LBA %u on",
              disk.drive, found.sectors, found.lba);
    case PARTITION_OK:
        break;
    }
    return found;
}

void loader_mount(struct fat_volume *volume)
{
    struct partition partition = find_partition();
    struct fat_memory memory = {
        .bounce = (void *)BOUNCE_BASE,
        .fat = (void *)FAT_BASE,
        .directory = (void *)DIRECTORY_BASE,
    };
    int result = fat_mount(volume, partition.lba, partition.sectors, memory);

    boot_info->partition_lba = partition.lba;
    if (result == FAT_UNREADABLE)
        fatal(ADVICE_WRITE_IMAGE, "%s", reason(result));
    if (result)
        fatal(ADVICE_WRITE_IMAGE, "the active partition (LBA %u) cannot be used: %s", partition.lba,
              fat_describe(result));
}

/* ---- boot.cfg ------------------------------------------------------------------------------- */

static bool configure(void *context, const void *data, uint32_t size)
{
    (void)context;
    config_parse(&boot_info->config, data, size);
    /* What does not fit into one read is not read. */
    return false;
}

void loader_configure(struct fat_volume *volume)
{
    struct fat_entry file;
    int result = fat_find(volume, CONFIG_PATH, &file);

    config_defaults(&boot_info->config);
    if (!result && file.attributes & FAT_FOLDER)
        result = FAT_NOT_FOUND;
    if (!result)
        result = fat_read(volume, &file, configure, NULL);
    if (result && result != FAT_STOPPED)
        log_warning("%s: %s; every key has its default. Copy the file onto the stick again.",
                    CONFIG_PATH, reason(result));
    else if (file.size > BOUNCE_SECTORS * SECTOR_SIZE)
        log_warning("%s: it has %u bytes, and what follows the first %u is ignored", CONFIG_PATH,
                    file.size, BOUNCE_SECTORS * SECTOR_SIZE);
    if (boot_info->config.verbose)
        log_set_verbose(true);
}

/* ---- The kernel ----------------------------------------------------------------------------- */

/* Copies a file's bytes to where it goes. */
struct copy {
    uint8_t *to;
    const struct memory_map *map;
    uint32_t file_size;
};

static bool copy_on(void *context, const void *data, uint32_t size)
{
    struct copy *copy = context;

    memcpy(copy->to, data, size);
    copy->to += size;
    log_pump();
    return true;
}

/* Everything about the header that can be wrong is fatal before a byte is copied. */
static void check_kernel_header(const struct kernel_header *header, uint32_t size,
                                const struct memory_map *map)
{
    const char *path = boot_info->config.kernel;

    if (header->magic != KERNEL_MAGIC)
        fatal(ADVICE_COPY, "%s: it begins with 0x%08X and not with 0x%08X: it is no Megha kernel",
              path, header->magic, KERNEL_MAGIC);
    if (header->version != KERNEL_VERSION)
        fatal("Write loader and kernel of the same version onto the stick.",
              "%s: its header has version %u, and this loader reads version %u", path,
              header->version, KERNEL_VERSION);
    if (header->file_size != size)
        fatal(ADVICE_COPY, "%s: it has %u bytes but its header says %u", path, size,
              header->file_size);
    if (header->load_address != KERNEL_LOAD || header->memory_size < size ||
        header->entry - KERNEL_LOAD >= size)
        fatal(ADVICE_COPY, "%s: its header is damaged: load address 0x%X, entry 0x%X, %u bytes",
              path, header->load_address, header->entry, header->memory_size);
    if (header->memory_size > UINT32_MAX - KERNEL_LOAD ||
        !memory_map_is_free(map, KERNEL_LOAD, KERNEL_LOAD + (uint64_t)header->memory_size))
        fatal("Fit more memory.", "%s: it needs %u KiB of RAM at 0x%X, and there is less", path,
              kib(header->memory_size), KERNEL_LOAD);
}

static bool copy_kernel(void *context, const void *data, uint32_t size)
{
    struct copy *copy = context;

    /* The first piece holds the header. */
    if (copy->to == (uint8_t *)KERNEL_LOAD) {
        memcpy(&boot_info->kernel, data, sizeof boot_info->kernel);
        check_kernel_header(&boot_info->kernel, copy->file_size, copy->map);
    }
    return copy_on(context, data, size);
}

/* The checksum is that of the file with its own field as zeros. */
static uint32_t kernel_crc(const uint8_t *kernel, uint32_t size)
{
    static const uint8_t zeros[sizeof(uint32_t)];
    size_t field = offsetof(struct kernel_header, crc32);
    size_t behind = field + sizeof zeros;
    uint32_t crc;

    crc32_prepare();
    crc = crc32_update(0, kernel, field);
    crc = crc32_update(crc, zeros, sizeof zeros);
    return crc32_update(crc, kernel + behind, size - behind);
}

void loader_load_kernel(struct fat_volume *volume, struct memory_map *map)
{
    const char *path = boot_info->config.kernel;
    const struct kernel_header *header = &boot_info->kernel;
    struct copy copy = {.to = (uint8_t *)KERNEL_LOAD, .map = map};
    struct fat_entry file;
    uint32_t crc;
    int result = fat_find(volume, path, &file);

    if (!result && file.attributes & FAT_FOLDER)
        result = FAT_NOT_FOUND;
    if (result)
        fatal(result == FAT_UNREADABLE ? ADVICE_WRITE_IMAGE : ADVICE_COPY, "%s: %s", path,
              reason(result));
    if (file.size < sizeof *header)
        fatal(ADVICE_COPY, "%s: it has %u bytes, too few for a kernel", path, file.size);
    copy.file_size = file.size;
    result = fat_read(volume, &file, copy_kernel, &copy);
    if (result)
        fatal(ADVICE_WRITE_IMAGE, "%s: %s", path, reason(result));
    crc = kernel_crc((const uint8_t *)KERNEL_LOAD, file.size);
    if (crc != header->crc32)
        fatal(ADVICE_COPY, "%s: CRC-32 is 0x%08X but its header says 0x%08X", path, crc,
              header->crc32);
    /* What follows the file is the kernel's bss. */
    memset(copy.to, 0, header->memory_size - file.size);
    memory_map_add(map, KERNEL_LOAD, KERNEL_LOAD + (uint64_t)header->memory_size, MEMORY_KERNEL);
    log_line("%s: %u KiB, CRC-32 0x%08X, build %.20s", path, kib(file.size), crc, header->build_id);
}

/* ---- The files ------------------------------------------------------------------------------ */

/* The folder that is being loaded. */
struct folder_load {
    struct fat_volume *volume;
    struct memory_map *map;
    const char *path;
    uint32_t first; /* number of its first file */
    uint32_t bytes;
};

/* The folder with most files so far. */
static struct {
    char path[BOOT_TEXT_MAX];
    uint32_t count;
} most_files;

static uint32_t whole_pages(uint32_t size)
{
    return (size + PAGE_SIZE - 1) / PAGE_SIZE * PAGE_SIZE;
}

/* Loads one file into the table's next slot; a warning says why it could not. */
static void load_file(struct folder_load *load, const struct fat_entry *entry,
                      struct boot_file *file)
{
    uint32_t room = whole_pages(entry->size);
    uint32_t kernel_end = KERNEL_LOAD + boot_info->kernel.memory_size;
    uint32_t address = entry->size <= UINT32_MAX - PAGE_SIZE
                           ? memory_map_find(load->map, kernel_end, entry->size)
                           : 0;
    struct copy copy = {.to = (uint8_t *)address};
    int result;

    if (!address) {
        log_warning(
            "%s: it needs %u KiB and does not fit into the RAM that is free; it is skipped. "
            "Fit more memory or remove files.",
            file->path, kib(entry->size));
        return;
    }
    result = fat_read(load->volume, entry, copy_on, &copy);
    if (result) {
        log_warning("%s: %s; it is skipped. Copy it onto the stick again.", file->path,
                    reason(result));
        return;
    }
    memset(copy.to, 0, room - entry->size);
    if (!memory_map_add(load->map, address, address + (uint64_t)room, MEMORY_FILE)) {
        log_warning("%s: the memory map is too long for one more file; it is skipped. "
                    "Remove files.",
                    file->path);
        return;
    }
    file->address = address;
    file->size = entry->size;
    boot_info->file_count++;
    load->bytes += entry->size;
    log_verbose("%s: %u bytes at 0x%X", file->path, file->size, address);
}

/* The folder that is being read when the table is full need not be the one with too many files. */
static void refuse_more_files(const struct folder_load *load)
{
    uint32_t here = boot_info->file_count - load->first;

    if (here >= most_files.count)
        log_warning("%s: there are more than %u files, %u of them here; the rest is skipped. "
                    "Remove files here.",
                    load->path, BOOT_FILES_MAX, here);
    else
        log_warning("%s: there are more than %u files, %u of them in %s; the rest is skipped. "
                    "Remove files there.",
                    load->path, BOOT_FILES_MAX, most_files.count, most_files.path);
}

/* What other systems leave on a stick is no program: hidden files and those that begin with a dot.
 */
static bool visit_file(void *context, const struct fat_entry *entry)
{
    struct folder_load *load = context;
    struct boot_file *file = &boot_info->files[boot_info->file_count];
    size_t length;

    if (entry->attributes & (FAT_FOLDER | FAT_HIDDEN) || entry->name[0] == '.')
        return true;
    if (boot_info->file_count == BOOT_FILES_MAX) {
        refuse_more_files(load);
        return false;
    }
    length = format_text(file->path, sizeof file->path, "%s/%s", load->path, entry->name);
    if (entry->cut || length >= sizeof file->path)
        log_warning("%s...: the path has more than %u characters; it is skipped. "
                    "Give it a shorter name.",
                    file->path, BOOT_PATH_MAX - 1);
    else
        load_file(load, entry, file);
    return true;
}

static void load_folder(struct fat_volume *volume, struct memory_map *map, const char *path)
{
    struct folder_load load = {
        .volume = volume, .map = map, .path = path, .first = boot_info->file_count};
    uint32_t count;
    struct fat_entry folder;
    int result = fat_find(volume, path, &folder);

    if (!result && !(folder.attributes & FAT_FOLDER))
        result = FAT_NOT_FOUND;
    if (!result)
        result = fat_list(volume, &folder, visit_file, &load);
    count = boot_info->file_count - load.first;
    if (count > most_files.count) {
        most_files.count = count;
        (void)text_copy(most_files.path, path, sizeof most_files.path);
    }
    if (result && result != FAT_STOPPED)
        log_warning("%s: %s; it is skipped. Make the folder, or take it out of %s.", path,
                    result == FAT_NOT_FOUND ? "there is no such folder" : reason(result),
                    CONFIG_PATH);
    else
        log_line("%s: %u files, %u KiB", path, count, kib(load.bytes));
}

/* Copies the next word of a list of paths, without a slash at its end; returns what follows it. */
static const char *next_path(const char *list, char *path)
{
    size_t length = 0;

    while (*list == ' ' || *list == '\t')
        list++;
    while (list[length] && list[length] != ' ' && list[length] != '\t')
        length++;
    memcpy(path, list, length);
    path[length] = '\0';
    for (size_t end = length; end && path[end - 1] == '/'; end--)
        path[end - 1] = '\0';
    return length ? list + length : NULL;
}

/* Whether the list before `end` names this folder already. */
static bool named_before(const char *list, const char *end, const char *path)
{
    char earlier[BOOT_TEXT_MAX];

    while ((list = next_path(list, earlier)) && list < end)
        if (text_same_ignoring_case(earlier, path))
            return true;
    return false;
}

void loader_load_files(struct fat_volume *volume, struct memory_map *map)
{
    const char *list = boot_info->config.folders;
    const char *rest = list;
    char path[BOOT_TEXT_MAX];

    while ((rest = next_path(rest, path))) {
        if (named_before(list, rest, path))
            log_warning("%s: %s names this folder twice; it is loaded once", path, CONFIG_PATH);
        else
            load_folder(volume, map, path);
    }
}
