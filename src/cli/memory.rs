//! How much memory a run may use.

use sysinfo::{MemoryRefreshKind, RefreshKind, System};

/// Share of the machine's or container's memory that a run takes by default, in per cent.
const DEFAULT_SHARE: u64 = 60;

/// Taken where the machine does not say what it has.
const UNKNOWN_MACHINE: usize = 1 << 30;

/// What a run cannot do with less.
const LEAST: usize = 64 * 1024 * 1024;

/// Reads a size such as `512MiB`, `4GB` or `2g`; without a unit it is bytes.
pub(super) fn parse(text: &str) -> Result<usize, String> {
    let wrong = || format!("\"{text}\" is no size: write it as 512MiB or 4GB");
    let text = text.trim();
    let digits = text.find(|character: char| !character.is_ascii_digit()).unwrap_or(text.len());
    let number: usize = text[..digits].parse().map_err(|_| wrong())?;
    let unit: usize = match text[digits..].trim().to_ascii_lowercase().as_str() {
        "" | "b" => 1,
        "k" | "kib" => 1 << 10,
        "kb" => 1_000,
        "m" | "mib" => 1 << 20,
        "mb" => 1_000_000,
        "g" | "gib" => 1 << 30,
        "gb" => 1_000_000_000,
        _ => return Err(wrong()),
    };
    let bytes = number.checked_mul(unit).ok_or_else(wrong)?;
    if bytes < LEAST { Err(format!("{text} is too little: give at least 64MiB")) } else { Ok(bytes) }
}

/// Returns the default: a share of what the machine or the container has.
pub(super) fn default_limit() -> usize {
    let memory = RefreshKind::nothing().with_memory(MemoryRefreshKind::nothing().with_ram());
    let Ok(system) = System::new_with_specifics(memory) else { return UNKNOWN_MACHINE };
    let machine = system.total_memory();
    let container = system.cgroup_limits().map_or(machine, |limits| limits.total_memory);
    let available = if container == 0 { machine } else { machine.min(container) };
    usize::try_from(available / 100 * DEFAULT_SHARE).unwrap_or(usize::MAX).max(LEAST)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_read_with_their_units() {
        for (text, bytes) in [
            ("512MiB", 512 << 20),
            ("64m", 64 << 20),
            ("4GB", 4_000_000_000),
            (" 2 GiB ", 2 << 30),
            ("268435456", 268_435_456),
        ] {
            assert_eq!(parse(text), Ok(bytes), "{text}");
        }
        for wrong in ["", "MiB", "5 apples", "-1GB", "1MiB", "99999999999999999999GB", "0"] {
            assert!(parse(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn the_default_is_a_part_of_the_machine() {
        assert!(default_limit() >= LEAST);
    }
}
