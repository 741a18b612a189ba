#!/bin/busybox sh
# The first process of every kernel of a run. What it says to the host starts with "guest: ".
#
# In the capture kernel it takes a dump, in a second kernel that was started by `kexec -e` it says so; then the machine
# is switched off. In the first kernel it does what the host tells it, a line of shell each.

/bin/busybox --install -s /bin
export PATH=/bin

mount -t proc proc /proc
mount -t sysfs sysfs /sys
mount -t devtmpfs devtmpfs /dev

if [ -e /proc/vmcore ]; then
    echo "guest: capture kernel $(uname -r)"
    makedumpfile -c -d 31 /proc/vmcore /dump >/makedumpfile.log 2>&1
    status=$?
    [ "$status" = 0 ] || cat /makedumpfile.log
    echo "guest: makedumpfile status=$status bytes=$(stat -c %s /dump)"
    poweroff -f
fi

# The kernel hands words of its command line that it does not know to its first process as variables.
if [ "$role" = second ]; then
    echo "guest: second kernel $(uname -r)"
    poweroff -f
fi

stty -echo
# A fixed string, not a pattern: there are 150,000 lines, and the processor is emulated.
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
