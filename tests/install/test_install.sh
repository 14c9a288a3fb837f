#!/bin/sh
# Goal: a program outside this tree builds and runs against what was installed.
# Method: install into a DESTDIR, then compile ten lines with pkg-config, shared and static.
#   test_install.sh BUILD PREFIX LIBDIR
set -eu
build=$1 prefix=$2 libdir=$3
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

DESTDIR="$work/root" meson install -C "$build" --quiet
installed="$work/root$prefix"

cat >"$work/program.c" <<'END'
#include <wavepool/wavepool.h>
#include <stdio.h>
int main(void) {
    wa_engine *engine = NULL;
    wa_context *context = NULL;
    wa_context_desc desc = WA_CONTEXT_DESC_INIT;
    desc.length_frames = 480;
    if (wa_engine_create(NULL, &engine) || wa_context_create(engine, &desc, &context)) {
        return printf("%s\n", wa_error_message()), 1;
    }
    wa_node oscillator;
    wa_buffer buffer;
    wa_offline_desc offline = WA_OFFLINE_DESC_INIT;
    offline.buffer = &buffer;
    if (wa_node_create(context, WA_NODE_TYPE_OSCILLATOR, NULL, &oscillator) ||
        wa_node_connect(context, oscillator, wa_context_destination(context)) ||
        wa_source_start(context, oscillator, 0.0) || wa_offline_render(context, &offline)) {
        return printf("%s\n", wa_error_message()), 1;
    }
    const float last = wa_buffer_plane(engine, buffer, 0)[100];
    printf("wavepool %s: %g\n", wa_version(), (double)last);
    return wa_buffer_release(engine, buffer) || wa_context_destroy(context) ||
           wa_engine_destroy(engine) || last == 0.0f;
}
END

# The .pc file names the final prefix; PKG_CONFIG_SYSROOT_DIR would move the system's libraries too.
export PKG_CONFIG_PATH="$installed/$libdir/pkgconfig"
flags() {
    pkg-config --define-variable=prefix="$installed" "$@" wavepool
}

$CC -std=c17 -Wall -Wextra -Werror $(flags --cflags) "$work/program.c" -o "$work/shared" $(flags --libs)
LD_LIBRARY_PATH="$installed/$libdir" "$work/shared"
ldd "$work/shared" 2>/dev/null | grep -q libwavepool || [ "$(uname)" != Linux ]

$CC -std=c17 $(flags --cflags) "$work/program.c" -o "$work/static" "$installed/$libdir/libwavepool.a" \
    $(flags --static --libs | sed 's/-lwavepool//g')
"$work/static"
if ldd "$work/static" 2>/dev/null | grep -q libwavepool; then
    echo "static program still needs the shared library"
    exit 1
fi

# Nothing but wa_ is exported.
nm -D --defined-only "$installed/$libdir/libwavepool.so" | awk '{ print $3 }' | grep -v '^wa_' && exit 1
echo "installed files:"
(cd "$installed" && find . -type f | sort)
