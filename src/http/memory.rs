//! Memory that goes back to the system as soon as it is not used.

/// glibc maps memory from 128 KiB on for itself, and returns it as soon as it is freed. But whenever it frees a larger piece it
/// takes that size for the new bound, up to 32 MiB: from then on such pieces come from heaps of which each thread has one, and
/// stay there. So large memory is never freed: it is given back while it shrinks.
const MAPPED_BYTES_MIN: usize = 128 << 10;

/// Drops the items, and gives back their memory if it is large; to be called before a vector that may be large is dropped.
#[inline]
pub(super) fn shrink<T>(items: &mut Vec<T>) {
    if items.capacity() >= MAPPED_BYTES_MIN / size_of::<T>().max(1) {
        items.clear();
        items.shrink_to(1);
    }
}
