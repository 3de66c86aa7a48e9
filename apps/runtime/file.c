#include <megha.h>
#include <stdlib.h>

static int read_all(uint32_t file, char *contents, uint32_t size)
{
    uint32_t done = 0;
    while (done < size) {
        int32_t read = file_read(file, done, contents + done, size - done);
        if (read < 0)
            return read;
        if (read == 0)
            return ERR_TRUNCATED;
        done += (uint32_t)read;
    }
    return 0;
}

int file_load(const char *path, char **contents, uint32_t *size)
{
    struct file_info info;
    int32_t file = file_find(path);
    if (file < 0)
        return file;
    int32_t error = file_info((uint32_t)file, &info);
    if (error < 0)
        return error;
    char *memory = malloc(info.size + 1);
    if (memory == NULL)
        return ERR_NO_MEMORY;
    error = read_all((uint32_t)file, memory, info.size);
    if (error < 0) {
        free(memory);
        return error;
    }
    memory[info.size] = '\0';
    *contents = memory;
    *size = info.size;
    return 0;
}
