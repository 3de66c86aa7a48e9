/* The table of the boot files, and reading them. */
#include <abi/errors.h>
#include <kernel/debug.h>
#include <kernel/files.h>
#include <kernel/memory.h>
#include <kernel/sched.h>
#include <lib/string.h>

#define READ_MAX 0x40000000u /* the result is an int */

#define BUCKETS 64 /* a power of two */

static struct file *files;
static uint32_t file_count;

/* Files by the letters of their paths: numbers of files + 1, the first of a bucket and the next of
 * the same. */
static uint16_t buckets[BUCKETS];
static uint16_t next_in_bucket[BOOT_FILES_MAX];

/* The same for a letter's both cases. */
static uint16_t *bucket_of(const char *path)
{
    uint32_t sum = 0;

    for (; *path; path++)
        sum = sum * 5 + ((uint8_t)*path | 0x20u);
    return &buckets[sum % BUCKETS];
}

/* From the last to the first, so that of two equal paths the first is found. */
static void fill_buckets(void)
{
    for (uint32_t i = file_count; i > 0; i--) {
        uint16_t *bucket = bucket_of(files[i - 1].path);

        next_in_bucket[i - 1] = *bucket;
        *bucket = (uint16_t)i;
    }
}

void files_start(const struct boot_info *info)
{
    size_t texts = 0;
    char *text;

    file_count = info->file_count < BOOT_FILES_MAX ? info->file_count : BOOT_FILES_MAX;
    for (uint32_t i = 0; i < file_count; i++)
        texts += strnlen(info->files[i].path, BOOT_PATH_MAX - 1) + 1;
    memset(buckets, 0, sizeof(buckets));
    if (!file_count)
        return;

    files = heap_take(file_count * sizeof(*files) + texts);
    if (!files)
        panic("The table of the boot files does not fit into memory; the machine needs more RAM, "
              "or the boot disk fewer files.");
    text = (char *)&files[file_count];
    for (uint32_t i = 0; i < file_count; i++) {
        text_copy(text, info->files[i].path, BOOT_PATH_MAX);
        files[i] = (struct file){text, info->files[i].address, info->files[i].size};
        text += strlen(text) + 1;
    }
    fill_buckets();
}

const struct file *file_at(uint32_t number)
{
    return number < file_count ? &files[number] : NULL;
}

int file_find(const char *path)
{
    for (uint32_t i = *bucket_of(path); i > 0; i = next_in_bucket[i - 1])
        if (text_same_ignoring_case(files[i - 1].path, path))
            return (int)(i - 1);
    return ERR_NOT_FOUND;
}

/* How many of `size` bytes lie in the page that `offset` is in. */
static uint32_t part_of_page(uint32_t offset, uint32_t size)
{
    uint32_t rest = PAGE_SIZE - offset % PAGE_SIZE;

    return rest < size ? rest : size;
}

/* Opens the page of the file that holds `offset`; `at` gets where that byte is. */
static void *open_page(const struct file *file, uint32_t offset, const char **at)
{
    char *page = frame_open(file->address + offset / PAGE_SIZE * PAGE_SIZE);

    *at = page + offset % PAGE_SIZE;
    return page;
}

void file_read(const struct file *file, uint32_t offset, void *to, uint32_t size)
{
    char *target = to;

    while (size) {
        uint32_t part = part_of_page(offset, size);
        const char *from;
        void *page = open_page(file, offset, &from);

        memcpy(target, from, part);
        frame_close(page);
        target += part;
        offset += part;
        size -= part;
    }
}

int file_read_user(const struct file *file, uint32_t offset, user_ptr to, uint32_t size)
{
    uint32_t left;

    if (offset >= file->size)
        return 0;
    if (size > file->size - offset)
        size = file->size - offset;
    if (size > READ_MAX)
        size = READ_MAX;
    for (left = size; left;) {
        /* Within one page of either, so that nobody else runs while a page is open. */
        uint32_t part = part_of_page(to.address, part_of_page(offset, left));
        const char *from;
        void *page = open_page(file, offset, &from);
        int error = user_copy_out(to, from, part);

        frame_close(page);
        if (error)
            return error;
        to.address += part;
        offset += part;
        left -= part;
        if (left)
            sched_preemption_point();
    }
    return (int)size;
}
