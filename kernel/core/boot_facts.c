/* The facts of the boot (kernel/boot_facts.h). */
#include <abi/errors.h>
#include <kernel/boot_facts.h>
#include <kernel/checked.h>
#include <kernel/debug.h>
#include <kernel/memory.h>
#include <lib/string.h>

_Static_assert((int)FACTS_EDD == (int)READ_EDD && (int)FACTS_CHS == (int)READ_CHS &&
                   (int)FACTS_A20_WAS_ON == (int)A20_WAS_ON &&
                   (int)FACTS_A20_KEYBOARD == (int)A20_KEYBOARD &&
                   (int)FACTS_MAP_E820 == (int)MAP_E820 && (int)FACTS_MAP_88 == (int)MAP_88 &&
                   (int)FACTS_FREE == (int)MEMORY_FREE && (int)FACTS_FILE == (int)MEMORY_FILE &&
                   (int)FACTS_BAD == (int)MEMORY_BAD,
               "programs are told the loader's numbers");
_Static_assert(sizeof(struct boot_raw_range) == sizeof(struct e820_entry) &&
                   sizeof(struct boot_range) == sizeof(struct memory_range) &&
                   sizeof(((struct boot_facts *)NULL)->parameters_found) ==
                       sizeof(((struct boot_info *)NULL)->parameter_block),
               "the lists are copied as they are");

static struct boot_facts *facts;

static uint32_t at_most(uint32_t value, uint32_t limit)
{
    return value < limit ? value : limit;
}

static void lay_out(struct boot_facts *layout, const struct boot_info *info)
{
    layout->version = BOOT_FACTS_VERSION;
    layout->raw_count = at_most(info->raw_count, BOOT_RAW_MAX);
    layout->range_count = at_most(info->range_count, BOOT_RANGES_MAX);
    layout->log_size = at_most(info->log_size, BOOT_LOG_MAX);
    layout->raw_offset = sizeof(*layout);
    layout->range_offset =
        layout->raw_offset + layout->raw_count * (uint32_t)sizeof(struct boot_raw_range);
    layout->log_offset =
        layout->range_offset + layout->range_count * (uint32_t)sizeof(struct boot_range);
    layout->size = layout->log_offset + layout->log_size;
}

static void copy_disk(struct boot_facts *to, const struct boot_info *info)
{
    to->drive_given = info->drive_given;
    to->drive = info->drive;
    to->read_method = info->read_method;
    to->edd_version = info->edd_version;
    to->heads = info->heads;
    to->sectors_per_track = info->sectors_per_track;
    to->disk_reads = info->disk_reads;
    to->disk_retries = info->disk_retries;
    to->partition_lba = info->partition_lba;
    to->bytes_read = info->bytes_read;
    memcpy(to->parameters_found, info->parameter_block, sizeof(to->parameters_found));
    memcpy(to->parameters_written, info->parameter_block_written, sizeof(to->parameters_written));
}

static void copy_machine(struct boot_facts *to, const struct boot_info *info)
{
    to->a20_method = info->a20_method;
    to->map_method = info->map_method;
    to->conventional_kb = info->conventional_kb;
    to->video_mode = info->video_mode;
    to->tsc_khz = info->tsc_khz;
    to->warnings = info->warning_count;
    to->files = info->file_count;
    to->kernel_is_checked = KERNEL_CHECKED;
    memcpy(to->build_id, info->kernel.build_id, sizeof(info->kernel.build_id));
}

static void copy_lists(char *to, const struct boot_facts *layout, const struct boot_info *info)
{
    memcpy(to + layout->raw_offset, info->raw, layout->raw_count * sizeof(info->raw[0]));
    memcpy(to + layout->range_offset, info->ranges, layout->range_count * sizeof(info->ranges[0]));
    memcpy(to + layout->log_offset, info->log, layout->log_size);
}

void boot_facts_start(const struct boot_info *info)
{
    struct boot_facts fixed = {0};

    lay_out(&fixed, info);
    copy_disk(&fixed, info);
    copy_machine(&fixed, info);
    facts = heap_take(fixed.size);
    if (!facts) {
        log_line("kernel", "There is no memory to keep the facts of the boot: `bootinfo` cannot "
                           "tell them.");
        return;
    }
    *facts = fixed;
    copy_lists((char *)facts, &fixed, info);
}

int boot_facts_read_user(uint32_t offset, user_ptr to, uint32_t size)
{
    int error;

    if (!facts)
        return ERR_NO_MEMORY;
    if (offset >= facts->size)
        return 0;
    size = at_most(size, facts->size - offset);
    error = user_copy_out(to, (const char *)facts + offset, size);
    return error < 0 ? error : (int)size;
}
