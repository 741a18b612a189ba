//! The heap, for page tables and for allocations of the loader library.

#![allow(unsafe_code, reason = "a global allocator is an unsafe trait over a static buffer")]

use core::alloc::{GlobalAlloc, Layout};
use core::cell::UnsafeCell;
use core::ptr::{self, NonNull};

use linked_list_allocator::Heap;

const HEAP_BYTES: usize = 8 << 20;

#[repr(C, align(4096))]
struct Arena(UnsafeCell<[u8; HEAP_BYTES]>);

// SAFETY: only the allocator touches it, and the shim has one processor.
unsafe impl Sync for Arena {}

static ARENA: Arena = Arena(UnsafeCell::new([0; HEAP_BYTES]));

struct ShimHeap(UnsafeCell<Heap>);

// SAFETY: the shim has one processor, and its interrupt handlers allocate nothing.
unsafe impl Sync for ShimHeap {}

#[global_allocator]
static HEAP: ShimHeap = ShimHeap(UnsafeCell::new(Heap::empty()));

/// Makes the heap usable. To be called once, before anything allocates.
pub(crate) fn init() {
    // SAFETY: nothing else has a reference to the heap yet.
    let heap = unsafe { &mut *HEAP.0.get() };
    // SAFETY: the arena is static, used for nothing else, and this is the only call.
    unsafe { heap.init(ARENA.0.get().cast(), HEAP_BYTES) };
}

// SAFETY: blocks come from the linked list, which keeps them apart, aligned and inside the arena.
unsafe impl GlobalAlloc for ShimHeap {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: one processor, no allocation inside an allocation.
        let heap = unsafe { &mut *self.0.get() };
        heap.allocate_first_fit(layout).map_or(ptr::null_mut(), NonNull::as_ptr)
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        let Some(block) = NonNull::new(block) else { return };
        // SAFETY: one processor, no allocation inside an allocation.
        let heap = unsafe { &mut *self.0.get() };
        // SAFETY: the caller says that `alloc` gave this block for this layout.
        unsafe { heap.deallocate(block, layout) };
    }
}
