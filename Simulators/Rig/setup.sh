#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Makes what the rig boots: a Debian kernel, unpacked and never installed, and an initramfs with busybox, udev, the
# project's rules and quirks, and the agent with the libraries it needs.
#
#     setup.sh AGENT FOLDER
set -euo pipefail

agent=$1 folder=$2
here=$(cd "$(dirname "$0")" && pwd)
project=$(cd "$here/../.." && pwd)
root=$folder/root
modules=(xhci_pci usbhid hid_generic evdev ftdi_sio uhid dummy_hcd usb_f_hid)
programs=(/bin/busybox /bin/udevadm /usr/bin/systemd-hwdb)

fetch_kernel() {
    [ -e "$folder/vmlinux" ] && [ -e "$folder/kernel/lib" ] && return
    local package
    package=$(apt-cache depends linux-image-amd64 | sed -n 's/.*Depends: \(linux-image-[0-9].*\)/\1/p' | head -n 1)
    rm -rf "$folder/kernel" "$folder/download"
    mkdir -p "$folder/download"
    # apt downloads as another user where it can, and that user may not write here: quiet about it.
    (cd "$folder/download" && apt-get download -qq "$package" 2>&1 | grep -v '^W:' || true)
    dpkg -x "$folder"/download/linux-image-*.deb "$folder/kernel"
    python3 "$here/vmlinux.py" "$folder"/kernel/boot/vmlinuz-* "$folder/vmlinux"
    rm -r "$folder/download"
}

copy_modules() {
    local version file
    version=$(basename "$folder"/kernel/lib/modules/*)
    [ -e "$folder/kernel/lib/modules/$version/modules.dep" ] || depmod -b "$folder/kernel" "$version"
    for file in $(for module in "${modules[@]}"; do
        modprobe -d "$folder/kernel" -S "$version" --show-depends "$module"
    done | awk '$1 == "insmod" { print $2 }' | sort -u); do
        install -D -m 644 "$file" "$root/${file#"$folder/kernel/"}"
    done
    cp "$folder/kernel/lib/modules/$version"/modules.{builtin,builtin.modinfo,order} "$root/lib/modules/$version/"
    depmod -b "$root" "$version"
}

# A program with all that it is linked against.
copy_program() {
    install -D "$1" "$root$2"
    { ldd "$1" 2>/dev/null || true; } | { grep -o '/[^ ]*' || true; } | while read -r library; do
        [ -e "$root$library" ] || install -D "$library" "$root$library"
    done
}

make_root() {
    rm -rf "$root"
    mkdir -p "$root"/{bin,dev,etc,proc,run,sys,tmp,lib,lib64,var/lib}
    for program in "${programs[@]}"; do copy_program "$program" "$program"; done
    copy_program "$agent" /usr/bin/lanyard-agent
    ln -s udevadm "$root/bin/udevd"
    for name in $("$root/bin/busybox" --list); do [ -e "$root/bin/$name" ] || ln -s busybox "$root/bin/$name"; done
    gcc -static -O2 -Wall -Werror -o "$root/bin/uhid-device" "$here/guest/uhid-device.c"
    mkdir -p "$root"/lib/udev/{rules.d,hwdb.d} "$root"/etc/{udev,lanyard/quirks} "$root/usr/share/lanyard"
    for rules in 50-udev-default 60-evdev 60-input-id 60-persistent-input 60-serial 70-power-switch 71-seat \
        73-seat-late 80-drivers; do
        cp "/usr/lib/udev/rules.d/$rules.rules" "$root/lib/udev/rules.d/"
    done
    cp "$project"/udev/rules.d/*.rules "$here"/guest/*.rules "$root/lib/udev/rules.d/"
    cp "$project"/udev/hwdb.d/*.hwdb "$root/lib/udev/hwdb.d/"
    cp -r "$project/udev/quirks" "$root/usr/share/lanyard/"
    cp "$here/guest/passwd" "$here/guest/group" "$root/etc/"
    systemd-hwdb update --root "$root"
    install "$here/guest/init" "$root/init"
    copy_modules
}

# The same contents make the same file: a snapshot stays good until something in it has changed.
pack() {
    find "$root" -exec touch --no-dereference --date=@0 {} +
    (cd "$root" && find . | LC_ALL=C sort | cpio --quiet --reproducible --owner=0:0 -o -H newc) >"$folder/initramfs.new"
    cmp --silent "$folder/initramfs.new" "$folder/initramfs" || mv "$folder/initramfs.new" "$folder/initramfs"
}

mkdir -p "$folder"
fetch_kernel
make_root
pack
