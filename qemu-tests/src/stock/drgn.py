# Reads a dump: the kernel's release in VMCOREINFO, and in the memory of a symbol that VMCOREINFO names. With a second argument, the kernel's file with its debugging information: the release by its type, and the
# functions on the stack of the processor that crashed.
import sys

import drgn

program = drgn.Program()
program.set_core_dump(sys.argv[1])
lines = program["VMCOREINFO"].string_().decode().splitlines()
facts = dict(line.split("=", 1) for line in lines if "=" in line)
release = facts["OSRELEASE"]
print("vmcoreinfo", release)

memory = program.read(int(facts["SYMBOL(init_uts_ns)"], 16), 1024)
print("memory", release if b"\0" + release.encode() + b"\0" in memory else "without the release")

if len(sys.argv) > 2:
    program.load_debug_info([sys.argv[2]])
    print("type", program["init_uts_ns"].name.release.string_().decode())
    for frame in program.crashed_thread().stack_trace():
        print("frame", frame.name)
