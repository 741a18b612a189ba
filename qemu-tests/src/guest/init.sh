#!/bin/busybox sh
# The init process of every kernel of a run. Its lines for the host start with "guest: ".
#
# In the capture kernel it reads the dump, and writes it only if there is a disk; then it powers off. In a kernel that was
# started by `kexec -e` it reports that, and powers off. In the running kernel it runs the host's commands, one line of
# shell each.
#
# Unknown kernel parameters are variables here. With low=ADDRESS the capture kernel reports the 16 characters that the
# crashed kernel had there. With disk=DEVICE it writes the dump to that disk, as users do.

/bin/busybox --install -s /bin
export PATH=/bin

mount -t proc proc /proc
mount -t sysfs sysfs /sys
mount -t devtmpfs devtmpfs /dev

if [ -e /proc/vmcore ]; then
    echo "guest: capture kernel $(uname -r)"
    # On an emulated CPU, compressing the dump takes as long as all the rest of a run.
    if [ -n "$disk" ]; then how=-l; else how=--dry-run; fi
    makedumpfile $how -d 31 /proc/vmcore /dump >/makedumpfile.log 2>&1
    status=$?
    [ -z "$disk" ] || dd if=/dump of="$disk" bs=1M conv=fsync 2>/dev/null || status="disk"
    [ "$status" = 0 ] || cat /makedumpfile.log
    echo "guest: makedumpfile status=$status bytes=$(stat -c %s /dump 2>/dev/null)"
    if [ -n "$low" ]; then
        # Of a program header of 56 bytes, words 1, 2, 4 and 5 are type and flags, offset, physical address and size.
        at=$(od -An -v -tu8 -w56 -j64 -N2800 /proc/vmcore |
            awk -v low="$low" '$1 % 4294967296 == 1 && $4 <= low && low < $4 + $5 { print $2 + low - $4; exit }')
        echo "guest: low memory $(dd if=/proc/vmcore bs=1 skip="$at" count=16 2>/dev/null)"
    fi
    poweroff -f
fi

# Only the running kernel has a kernel to load. A kernel started by kexec may have lost its command line and console.
if [ ! -e /boot/vmlinuz ]; then
    exec >/dev/ttyS0 2>&1
    echo "guest: new kernel $(uname -r)"
    echo "guest: command line $(cat /proc/cmdline)"
    poweroff -f
fi

stty -echo
# Firmware may have left a line without an end.
echo
# A fixed string, not a pattern: there are 150,000 lines, and the CPU is emulated.
grep -F ' kexec_purgatory' /proc/kallsyms | while read -r address _ symbol; do
    case $symbol in kexec_purgatory | kexec_purgatory_size) echo "guest: symbol $symbol $address" ;; esac
done
grep 'Crash kernel' /proc/iomem | while read -r range _; do
    echo "guest: crash $range"
done
if [ -e /sys/kernel/crash_elfcorehdr_size ]; then
    echo "guest: hotplug yes"
else
    echo "guest: hotplug no"
fi
echo "guest: ready"
while read -r line; do
    eval "$line"
    echo "guest: status $?"
done
