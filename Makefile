# The front door. Needs make and a POSIX shell; `make demo` and `make test` install the rest (Debian).
#
#   make         build into build/             make check    the native tests, no other compilers
#   make wasm    the module for browsers, into build-wasm/
#   make demo    hear it: writes demo.wav      make bench    measure it
#   make test    everything                    make install  PREFIX=/usr/local DESTDIR=
#   make bench-node   the package in Node, against its peers
#   make test-package   the npm package on a bare Debian 12 (as root, with debootstrap)
#   make fuzz    each fuzz target for long: FUZZ_SECONDS=600
.POSIX:
BUILD = build
FUZZ_SECONDS = 600
PREFIX = /usr/local
DESTDIR =

all: $(BUILD)/build.ninja
	ninja -C $(BUILD)

$(BUILD)/build.ninja:
	meson setup --prefix "$(PREFIX)" $(BUILD)

demo:
	tools/bootstrap.sh demo
	$(MAKE) all
	$(BUILD)/wavepool demo -o demo.wav

test:
	tools/bootstrap.sh test
	tools/test.sh

test-package:
	tools/bootstrap.sh test
	tools/test_package.sh

wasm:
	tools/bootstrap.sh wasm
	test -f build-wasm/build.ninja || meson setup --cross-file tools/wasm32.ini build-wasm
	ninja -C build-wasm

check: all
	meson test -C $(BUILD) --no-suite install

# One after the other; what one finds does not stop the next.
fuzz:
	tools/bootstrap.sh test
	[ -f build-fuzz/build.ninja ] || CC=clang-22 CXX=clang++-22 meson setup build-fuzz --buildtype=debugoptimized \
	  -Ddefault_library=static -Db_lundef=false -Db_sanitize=address,undefined -Dtests=disabled -Dfuzz=true
	ninja -C build-fuzz
	status=0; for target in scene decode media calls graph; do \
	  tools/fuzz.sh build-fuzz/tests/fuzz/fuzz_$$target $(FUZZ_SECONDS) || status=1; done; exit $$status

bench: all
	python3 bench/run.py $(BUILD)
	bench/node/run.sh $(BUILD) if-there

bench-node: all
	bench/node/run.sh $(BUILD)

# Without tests and in its own folder, so that the prefix is always the one asked for.
install:
	rm -rf $(BUILD)-install
	meson setup --prefix "$(PREFIX)" -Dtests=disabled $(BUILD)-install
	ninja -C $(BUILD)-install
	DESTDIR="$(DESTDIR)" meson install -C $(BUILD)-install --no-rebuild

format:
	find bench cli examples include src tests -name '*.[ch]' -exec clang-format -i {} +

clean:
	rm -rf $(BUILD) $(BUILD)-install build-clang build-asan build-tsan build-rtsan build-fuzz build-package build-wasm
	rm -f demo.wav

.PHONY: all demo test test-package wasm check fuzz bench bench-node install format clean
