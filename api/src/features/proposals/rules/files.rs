//! What kind of file some bytes are: told by the bytes, never by the name or the header that came with them.

/// Largest attachment: a scanned report of some hundred pages.
pub const LARGEST: usize = 20 * 1024 * 1024;
/// Attachments of one proposal.
pub const MOST: usize = 20;

/// A kind of file that may be attached.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Kind {
    pub media_type: &'static str,
    /// Names that such a file may have.
    pub extensions: &'static [&'static str],
}

const PDF: Kind = Kind {
    media_type: "application/pdf",
    extensions: &["pdf"],
};
const PNG: Kind = Kind {
    media_type: "image/png",
    extensions: &["png"],
};
const JPEG: Kind = Kind {
    media_type: "image/jpeg",
    extensions: &["jpg", "jpeg"],
};
const WEBP: Kind = Kind {
    media_type: "image/webp",
    extensions: &["webp"],
};
const DOCX: Kind = Kind {
    media_type: "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    extensions: &["docx"],
};
const XLSX: Kind = Kind {
    media_type: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    extensions: &["xlsx"],
};
const OFD: Kind = Kind {
    media_type: "application/ofd",
    extensions: &["ofd"],
};
const TEXT: Kind = Kind {
    media_type: "text/plain",
    extensions: &["txt", "md", "csv"],
};

/// What the bytes are; `None` when nothing that may be attached.
///
/// Office files are ZIP archives (ECMA-376; GB/T 33190 for OFD): the names of their first entries tell which. Old binary
/// formats, which may hold macros, scripts and pages with script in them are not taken.
pub fn sniff(bytes: &[u8]) -> Option<Kind> {
    match bytes {
        [b'%', b'P', b'D', b'F', b'-', ..] => Some(PDF),
        [0x89, b'P', b'N', b'G', 0x0d, 0x0a, 0x1a, 0x0a, ..] => Some(PNG),
        [0xff, 0xd8, 0xff, ..] => Some(JPEG),
        [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => Some(WEBP),
        [b'P', b'K', 3, 4, ..] => archive(bytes),
        [] => None,
        _ => text(bytes),
    }
}

fn archive(bytes: &[u8]) -> Option<Kind> {
    let has = |name: &[u8]| bytes.windows(name.len()).any(|w| w == name);
    if has(b"vbaProject.bin") {
        return None;
    }
    match () {
        () if has(b"word/document.xml") => Some(DOCX),
        () if has(b"xl/workbook.xml") => Some(XLSX),
        () if has(b"OFD.xml") => Some(OFD),
        () => None,
    }
}

/// UTF-8 without control characters that does not begin like a page or a script.
fn text(bytes: &[u8]) -> Option<Kind> {
    let text = std::str::from_utf8(bytes).ok()?;
    let odd = |c: char| c.is_control() && !matches!(c, '\n' | '\r' | '\t');
    let start: String = text
        .trim_start_matches('\u{feff}')
        .trim_start()
        .chars()
        .take(2)
        .collect();
    (!text.chars().any(odd) && !start.starts_with('<') && start != "#!" && start != "MZ").then_some(TEXT)
}

/// Whether a name fits what the bytes are.
pub fn fits(name: &str, kind: Kind) -> bool {
    let extension = name.rsplit_once('.').map(|(_, e)| e.to_ascii_lowercase());
    extension.is_some_and(|e| kind.extensions.contains(&e.as_str()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn bytes_tell_what_a_file_is() {
        assert_eq!(sniff(b"%PDF-1.7\n..."), Some(PDF));
        assert_eq!(sniff(b"\x89PNG\r\n\x1a\n...."), Some(PNG));
        assert_eq!(sniff(b"\xff\xd8\xff\xe0...."), Some(JPEG));
        assert_eq!(sniff("调研报告\n一、".as_bytes()), Some(TEXT));
        assert_eq!(sniff(b"PK\x03\x04......word/document.xml..."), Some(DOCX));
        assert_eq!(sniff(b"PK\x03\x04......xl/workbook.xml..."), Some(XLSX));
        for bad in [
            &b"MZ\x90\x00"[..],
            b"<html><script>",
            b"  <svg onload=x>",
            b"#!/bin/sh",
            b"PK\x03\x04......readme.txt",
            b"PK\x03\x04word/document.xml vbaProject.bin",
            b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
            b"",
            b"a\x00b",
        ] {
            assert_eq!(sniff(bad), None, "{bad:?}");
        }
    }

    #[test]
    fn a_false_name_is_told() {
        let pdf = sniff(b"%PDF-1.7").unwrap();
        assert!(fits("报告.PDF", pdf) && !fits("报告.docx", pdf) && !fits("报告", pdf) && !fits("pdf", pdf));
    }

    proptest! {
        #[test]
        fn any_bytes_are_judged(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
            if let Some(kind) = sniff(&bytes) {
                prop_assert!(!kind.extensions.is_empty());
            }
        }
    }
}
