//! Reads the parts of a workbook: a zip as its writer makes it.

use std::{collections::BTreeMap, io::Read};

use flate2::read::DeflateDecoder;

/// Returns the parts of a zip by name, and checks that none has a time of its own.
pub(crate) fn parts(zip: &[u8]) -> BTreeMap<String, String> {
    let u16_at = |at: usize| u16::from_le_bytes([zip[at], zip[at + 1]]);
    let u32_at = |at: usize| usize::try_from(u32::from_le_bytes(zip[at..at + 4].try_into().unwrap())).unwrap();
    let end = (0..zip.len() - 3).rev().find(|&at| &zip[at..at + 4] == b"PK\x05\x06").unwrap();
    let mut entry = u32_at(end + 16);
    let mut parts = BTreeMap::new();
    for _ in 0..u16_at(end + 10) {
        let [name, extra, comment] = [28, 30, 32].map(|field| usize::from(u16_at(entry + field)));
        let (size, local) = (u32_at(entry + 20), u32_at(entry + 42));
        // 1980-01-01, the first day that a zip can state.
        assert_eq!((u16_at(entry + 12), u16_at(entry + 14)), (0, 0x21), "the time of a part");
        let data = local + 30 + usize::from(u16_at(local + 26)) + usize::from(u16_at(local + 28));
        let mut text = String::new();
        DeflateDecoder::new(&zip[data..data + size]).read_to_string(&mut text).unwrap();
        parts.insert(String::from_utf8(zip[entry + 46..entry + 46 + name].to_vec()).unwrap(), text);
        entry += 46 + name + extra + comment;
    }
    parts
}
