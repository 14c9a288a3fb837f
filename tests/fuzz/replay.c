/* Runs a target on files, and on all files of folders: the corpus as an ordinary test, with any compiler, and
 * one input under a debugger. Each comes in memory of its very size, so that a sanitizer sees a read beyond
 * it. */
#include "fuzz.h"
#include <dirent.h>
#include <string.h>
#include <sys/stat.h>

static int replay_file(const char *path) {
    FILE *file = fopen(path, "rb");
    struct stat status;
    if (file == NULL || fstat(fileno(file), &status) != 0) {
        fprintf(stderr, "%s: cannot be read\n", path);
        return 1;
    }
    const size_t bytes = (size_t)status.st_size;
    uint8_t *data = malloc(bytes > 0 ? bytes : 1);
    fuzz_check(data != NULL && fread(data, 1, bytes, file) == bytes, "%s", path);
    fclose(file);
    fprintf(stderr, "%s\n", path); /* the last one named is the one that fails */
    (void)LLVMFuzzerTestOneInput(data, bytes);
    free(data);
    return 0;
}

static int replay_folder(const char *path, uint32_t *count) {
    struct dirent **entries = NULL;
    const int entry_count = scandir(path, &entries, NULL, alphasort);
    int result = entry_count < 0;
    for (int i = 0; i < entry_count; i++) {
        if (entries[i]->d_name[0] != '.') {
            char name[4096];
            snprintf(name, sizeof name, "%s/%s", path, entries[i]->d_name);
            result |= replay_file(name);
            ++*count;
        }
        free(entries[i]);
    }
    free(entries);
    return result;
}

int main(int argc, char **argv) {
    int result = argc < 2;
    uint32_t count = 0;
    for (int i = 1; i < argc; i++) {
        struct stat status;
        if (stat(argv[i], &status) == 0 && S_ISDIR(status.st_mode)) {
            result |= replay_folder(argv[i], &count);
        } else {
            result |= replay_file(argv[i]);
            count++;
        }
    }
    printf("%u inputs\n", count);
    return result != 0 || count == 0;
}
