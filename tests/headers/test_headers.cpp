// Goal: the headers serve C++17 as they serve C. Method: as test_headers.c, and the calls are extern "C".
#include "wavepool/wavepool.h"
#include <cstdio>

template <typename made_type> static void use(const made_type &made) {
    static_assert(sizeof made > 0, "complete");
    (void)made;
}

int main() {
    int count = 0, found_count = 0;
#define INIT_COUNT(found, least)                                                                       \
    found_count = found;                                                                               \
    static_assert((found) >= (least), "the scan found the macros");
#define USE(type, macro)                                                                               \
    {                                                                                                  \
        const type made = macro;                                                                       \
        use(made);                                                                                     \
        count++;                                                                                       \
    }
#include "init_uses.inc"
    std::printf("%d INIT macros as C++\n", count);
    return count == found_count ? 0 : 1;
}
