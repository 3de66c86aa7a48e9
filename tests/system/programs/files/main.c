/* The boot files: finding, asking, reading at any place. This program reads itself. */
#include <megha.h>
#include <megha/check.h>
#include <stdlib.h>
#include <string.h>

#define PATH "/apps/files"

static char *whole;
static uint32_t size;

static uint32_t count_files(void)
{
    struct file_info info;
    uint32_t count = 0;
    while (file_info(count, &info) == 0)
        count++;
    return count;
}

static void check_names(uint32_t file)
{
    struct file_info info;
    uint32_t count = count_files();
    bool right = true;
    check_error(file_info(file, &info), 0, "a file tells about itself");
    check(text_same_ignoring_case(info.path, PATH) && info.size == size, "its path and its size");
    check(file_find("/APPS/Files") == (int32_t)file, "capital and small letters are the same");
    check_error(file_find("/apps/file"), ERR_NOT_FOUND, "a part of a name is not the name");
    check_error(file_find("/apps/files2"), ERR_NOT_FOUND, "nor is a longer one");
    check_error(file_find("apps/files"), ERR_NOT_FOUND, "nor is one without its folder");
    check_error(file_find(""), ERR_NOT_FOUND, "nor is an empty one");
    for (uint32_t other = 0; other < count; other++) {
        right = file_info(other, &info) == 0 && right;
        right = file_find(info.path) == (int32_t)other && right;
    }
    check(count >= 6 && right, "each file is found by its own path");
    check_error(file_info(count, &info), ERR_NOT_FOUND, "behind the last file there is none");
}

/* Odd places and sizes, across pages: the same bytes as in one piece. */
static void check_pieces(uint32_t file)
{
    static const uint32_t sizes[] = {1, 3, 511, 4095, 4096, 4097, 5000};
    static char piece[5000];
    bool right = true;
    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        for (uint32_t offset = 0; offset < size; offset += sizes[i] + 997) {
            uint32_t wanted = size - offset < sizes[i] ? size - offset : sizes[i];
            int32_t read = file_read(file, offset, piece, sizes[i]);
            right = right && read == (int32_t)wanted;
            right = right && memcmp(piece, whole + offset, wanted) == 0;
        }
    }
    check(right, "pieces at odd places are the same bytes");
}

static void check_ends(uint32_t file)
{
    char piece[16];
    memset(piece, 'x', sizeof(piece));
    check(file_read(file, size - 5, piece, 16) == 5 && piece[5] == 'x',
          "at the end only what is there is read");
    check_error(file_read(file, size, piece, 16), 0, "behind it nothing");
    check_error(file_read(file, size + 1, piece, 16), 0, "nor further behind");
    check_error(file_read(file, 0xFFFFFFFF, piece, 16), 0, "nor at the end of all numbers");
    check_error(file_read(file, 0, piece, 0), 0, "no bytes can be read anywhere");
}

int main(void)
{
    int error = file_load(PATH, &whole, &size);
    if (!check(error == 0, "a whole file is loaded"))
        return check_result();
    check(size > 1000 && memcmp(whole,
                                "\x7F"
                                "ELF",
                                4) == 0,
          "it is a program");
    uint32_t file = (uint32_t)file_find(PATH);
    check_names(file);
    check_pieces(file);
    check_ends(file);
    char *other = NULL;
    check_error(file_load("/apps/no such file", &other, &size), ERR_NOT_FOUND,
                "a file that is not there cannot be loaded");
    free(whole);
    return check_result();
}
