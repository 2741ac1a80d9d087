//! Memory: the allocator of the program, and how it gives back what a burst of work left behind.

/// Fast under many threads; without huge pages, which keep two megabytes where a few kilobytes are in use.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Returns this thread's free pages, and all pages that nobody owns, to the system. Takes some milliseconds: for
/// the end of a start and for quiet moments, not for requests.
pub fn give_back() {
    // SAFETY: no arguments that could be wrong; it may be called on any thread at any time.
    unsafe { libmimalloc_sys::mi_collect(true) }
}
