//! Memory: the allocator of the program, and how it gives back what a start or a burst of work left behind.

/// Fast under many threads; without huge pages, which keep two megabytes where a few kilobytes are in use.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Returns this thread's free pages, and all pages that nobody owns, to the system. Takes some milliseconds: for
/// the end of a start and for quiet moments, not for requests.
pub fn give_back() {
    // SAFETY: no arguments that could be wrong; it may be called on any thread at any time.
    unsafe { libmimalloc_sys::mi_collect(true) }
}

/// Takes the program's code out of the process until it is used again.
///
/// A start registers every operation once and so touches code all over the program, most of which a small office never
/// runs. What is used next is mapped again from the page cache, sixteen pages at a time.
#[cfg(target_os = "linux")]
pub fn give_back_code() {
    let Ok(maps) = std::fs::read_to_string("/proc/self/maps") else {
        return;
    };
    let here = give_back_code as fn() as usize;
    let code = maps.lines().filter_map(executable).find(|range| range.contains(&here));
    if let Some(range) = code {
        // SAFETY: the range is the mapping of this program's own code: private, read from its file and never written, so
        // that forgetting its pages loses nothing.
        unsafe { libc::madvise(range.start as *mut libc::c_void, range.len(), libc::MADV_DONTNEED) };
    }
}

#[cfg(not(target_os = "linux"))]
pub fn give_back_code() {}

/// The addresses of a line of `/proc/self/maps` (proc_pid_maps(5)) if they hold code from a file: `55afbc5c0000-55afbdee6000
/// r-xp 00f03000 fe:00 5311884 /usr/bin/lvzhi`.
#[cfg(target_os = "linux")]
fn executable(line: &str) -> Option<std::ops::Range<usize>> {
    let mut words = line.split_ascii_whitespace();
    let (start, end) = words.next()?.split_once('-')?;
    let of_file = words.next() == Some("r-xp") && words.nth(2).is_some_and(|inode| inode != "0");
    let address = |text| usize::from_str_radix(text, 16).ok();
    of_file.then_some(address(start)?..address(end)?)
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[test]
    fn code_is_told_from_data() {
        let code = "55afbc5c0000-55afbdee6000 r-xp 00f03000 fe:00 5311884                    /usr/bin/lvzhi";
        assert_eq!(executable(code), Some(0x55af_bc5c_0000..0x55af_bdee_6000));
        for other in [
            "55afbb6bc000-55afbc5c0000 r--p 00000000 fe:00 5311884 /usr/bin/lvzhi",
            "3179c800000-317dc800000 rw-p 00000000 00:00 0",
            "7ffd9a5f2000-7ffd9a5f4000 r-xp 00000000 00:00 0 [vdso]",
            "",
        ] {
            assert_eq!(executable(other), None, "{other}");
        }
    }

    #[test]
    fn the_program_runs_on_without_its_pages() {
        let before = resident_code();
        give_back_code();
        assert!(resident_code() < before, "pages were given back");
    }

    /// Kilobytes of the program's code that are mapped.
    fn resident_code() -> u64 {
        let here = give_back_code as fn() as usize;
        let (mut inside, mut sum) = (false, 0);
        for line in std::fs::read_to_string("/proc/self/smaps").unwrap().lines() {
            if line.as_bytes()[0].is_ascii_lowercase() || line.as_bytes()[0].is_ascii_digit() {
                inside = executable(line).is_some_and(|range| range.contains(&here));
            } else if let Some(rest) = line.strip_prefix("Rss:").filter(|_| inside) {
                sum += rest.trim().trim_end_matches(" kB").parse::<u64>().unwrap();
            }
        }
        sum
    }
}
