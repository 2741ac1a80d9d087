//! CSV as offices have it: UTF-8, UTF-16 or GB18030, separated by commas, semicolons or tabs.

use super::{Cell, Header, Limits, MAX_COLUMNS, Table, kept, unreadable};
use crate::web::ApiError;
use encoding_rs::{Encoding, GB18030, UTF_8, UTF_16BE, UTF_16LE};
use std::borrow::Cow;

/// Text in the encoding that its first bytes or its structure tell; never a guess that loses characters.
pub fn decode(bytes: &[u8]) -> Result<Cow<'_, str>, ApiError> {
    let strict =
        |encoding: &'static Encoding, bytes| encoding.decode_without_bom_handling_and_without_replacement(bytes);
    if let Some((encoding, length)) = Encoding::for_bom(bytes) {
        return strict(encoding, &bytes[length..])
            .filter(|_| encoding == UTF_8 || bytes.len().is_multiple_of(2))
            .ok_or_else(|| unreadable(format!("文件编码损坏：开头标明是 {}，内容却不是", encoding.name())));
    }
    // UTF-16 without a mark: every separator and line end has a zero byte on the same side.
    let head = &bytes[..bytes.len().min(4096)];
    if head.contains(&0) {
        let odd = head.iter().skip(1).step_by(2).filter(|b| **b == 0).count();
        let even = head.iter().step_by(2).filter(|b| **b == 0).count();
        let encoding = if odd > even { UTF_16LE } else { UTF_16BE };
        return Some(bytes)
            .filter(|bytes| bytes.len().is_multiple_of(2))
            .and_then(|bytes| strict(encoding, bytes))
            .filter(|text| !text.contains('\0') && text.contains([',', ';', '\t', '\n']))
            .ok_or_else(|| unreadable("文件中有空字节，不是 CSV 文本"));
    }
    strict(UTF_8, bytes)
        .or_else(|| strict(GB18030, bytes))
        .ok_or_else(|| unreadable("文件编码无法识别或已损坏，请另存为 UTF-8 编码的 CSV 或 XLSX"))
}

/// The separator with which the first lines make the most known headers.
fn separator(text: &str, header: Header) -> u8 {
    let head = text.lines().take(super::HEAD_ROWS);
    let score = |separator: char| {
        let known = |line: &str| {
            let cells = line.split(separator).take(MAX_COLUMNS);
            cells.filter(|cell| header(cell.trim_matches('"'))).count()
        };
        head.clone().map(known).max().unwrap_or(0)
    };
    let [comma, semicolon, tab] = [',', ';', '\t'].map(score);
    if tab > comma && tab >= semicolon {
        b'\t'
    } else if semicolon > comma {
        b';'
    } else {
        b','
    }
}

/// Reads the rows; their numbers are those that a spreadsheet shows.
pub fn read(bytes: &[u8], limits: Limits, header: Header) -> Result<Table, ApiError> {
    let text = decode(bytes)?;
    let mut reader = ::csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .delimiter(separator(&text, header))
        .from_reader(text.as_bytes());
    let mut table = Table::default();
    let mut record = ::csv::StringRecord::new();
    let mut row = 0;
    loop {
        let start = reader.position().byte() as usize;
        let more = reader
            .read_record(&mut record)
            .map_err(|e| unreadable(format!("CSV 无法读取：{}", kept(&e.to_string(), limits))))?;
        if !more {
            break;
        }
        row += 1 + blank_lines(&text, start);
        let cells = record
            .iter()
            .take(MAX_COLUMNS)
            .map(|cell| Cell::Text(kept(cell, limits)))
            .collect();
        let runs_on = record.iter().any(|cell| cell.contains('\n'));
        let at_end = text[reader.position().byte() as usize..].trim().is_empty();
        if runs_on && at_end && text.bytes().filter(|b| *b == b'"').count() % 2 == 1 {
            table.unclosed_quote = Some(row);
        }
        table.push(row, cells, limits)?;
    }
    Ok(table)
}

/// Empty lines before the record that begins at or after `start`; the reader passes over them.
fn blank_lines(text: &str, start: usize) -> usize {
    let mut rest = &text.as_bytes()[start..];
    // The second half of the line end before.
    if start > 0 && text.as_bytes()[start - 1] == b'\r' && rest.starts_with(b"\n") {
        rest = &rest[1..];
    }
    let mut lines = 0;
    loop {
        rest = match rest {
            [b'\r', b'\n', rest @ ..] | [b'\r' | b'\n', rest @ ..] => rest,
            _ => return lines,
        };
        lines += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const LIMITS: Limits = Limits { rows: 100, chars: 300 };

    fn header(text: &str) -> bool {
        ["姓名", "证号", "手机号"].contains(&text)
    }

    fn rows(bytes: &[u8]) -> Vec<(usize, Vec<String>)> {
        let table = read(bytes, LIMITS, header).unwrap();
        let text = |cell: &Cell| match cell {
            Cell::Text(text) => text.clone(),
            other => panic!("{other:?}"),
        };
        table
            .rows
            .iter()
            .map(|(n, cells)| (*n, cells.iter().map(text).collect()))
            .collect()
    }

    fn utf16(text: &str, big: bool, bom: bool) -> Vec<u8> {
        let units = bom.then_some(0xFEFF).into_iter().chain(text.encode_utf16());
        units
            .flat_map(|u| if big { u.to_be_bytes() } else { u.to_le_bytes() })
            .collect()
    }

    #[test]
    fn row_numbers_are_those_of_the_sheet() {
        for end in ["\n", "\r\n", "\r"] {
            let text = ["姓名,证号", "", "张三,1", ",", "", "\"李\n四\",2", "王五,3"].join(end);
            let numbers: Vec<usize> = rows(text.as_bytes()).iter().map(|(n, _)| *n).collect();
            assert_eq!(numbers, [1, 3, 6, 7], "{end:?}");
        }
    }

    #[test]
    fn separators_are_found() {
        for separator in [",", ";", "\t"] {
            let text = [
                "名册",
                &["姓名", "证号", "手机号"].join(separator),
                &["张,三", "1;", "2"].map(|c| format!("\"{c}\"")).join(separator),
            ]
            .join("\n");
            assert_eq!(rows(text.as_bytes())[2].1, ["张,三", "1;", "2"], "{separator:?}");
        }
    }

    #[test]
    fn broken_encodings_are_refused() {
        let mut broken = b"\xef\xbb\xbf".to_vec();
        broken.extend(b"\xe5\xa7");
        assert!(decode(&broken).is_err());
        assert!(decode(&[0xff, 0xfe, 0x00, 0xd8]).is_err(), "half a pair");
        assert!(decode(&[0xff, 0xfe, 0x41]).is_err(), "half a unit");
        assert!(decode(&[0xff, 0xff, 0x80]).is_err());
        assert!(decode(b"a,b\0,c").is_err());
    }

    #[test]
    fn an_unclosed_quote_is_noticed() {
        assert_eq!(
            read("姓名,证号\n\"张三,1\n李四,2\n".as_bytes(), LIMITS, header)
                .unwrap()
                .unclosed_quote,
            Some(2)
        );
        assert_eq!(
            read("姓名,证号\n\"张\n三\",1\n李四,2\n".as_bytes(), LIMITS, header)
                .unwrap()
                .unclosed_quote,
            None
        );
    }

    #[test]
    fn too_many_rows_are_refused() {
        let text = "姓名,证号\n".to_owned() + &"张三,1\n".repeat(200);
        assert_eq!(
            read(text.as_bytes(), LIMITS, header).unwrap_err().code,
            crate::web::ErrorCode::ImportTooLarge
        );
    }

    proptest! {
        #[test]
        fn text_survives_every_encoding(name in "[\u{4e00}-\u{9fa5}a-z0-9,;\"\t ]{0,20}") {
            let text = format!("姓名,证号\n\"{}\",1\n", name.replace('"', "\"\""));
            let (gb, _, lossy) = GB18030.encode(&text);
            prop_assert!(!lossy);
            let mut bom = b"\xef\xbb\xbf".to_vec();
            bom.extend(text.as_bytes());
            let files = [text.clone().into_bytes(), bom, gb.into_owned(), utf16(&text, false, true), utf16(&text, true, true), utf16(&text, false, false), utf16(&text, true, false)];
            for (n, file) in files.iter().enumerate() {
                prop_assert_eq!(&rows(file)[1].1[0], &name, "encoding {}", n);
            }
        }

        #[test]
        fn no_bytes_make_reading_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = read(&bytes, LIMITS, header);
        }
    }
}
