//! XLSX: the first sheet, cell by cell, after a look at how much is packed into the file.

use super::{Cell, Limits, MAX_COLUMNS, Merged, Table, kept, too_large, unreadable};
use crate::web::ApiError;
use calamine::{DataRef, Reader, Xlsx};
use std::io::{Cursor, Read};

/// Files in the archive at most.
const MAX_ENTRIES: usize = 2_000;

/// Bytes that the unpacked file may have: generous for so many rows, far from what a bomb unfolds to.
fn budget(limits: Limits) -> u64 {
    (16 << 20) + limits.rows as u64 * 4096
}

/// Unpacks everything once into nothing, counting: the sizes that an archive claims for itself may lie.
fn weigh(bytes: &[u8], limits: Limits) -> Result<(), ApiError> {
    let broken = |_| unreadable("XLSX 文件已损坏，请重新保存后再导入");
    let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).map_err(broken)?;
    if archive.len() > MAX_ENTRIES {
        return Err(too_large(limits));
    }
    let mut left = budget(limits);
    let claimed = archive.decompressed_size().unwrap_or(0);
    if claimed > u128::from(left) {
        return Err(too_large(limits));
    }
    let mut buffer = vec![0; 64 << 10];
    for n in 0..archive.len() {
        let mut entry = archive.by_index(n).map_err(broken)?;
        let shared_strings = entry
            .name()
            .map_err(broken)?
            .to_ascii_lowercase()
            .ends_with("sharedstrings.xml");
        let size = entry.size();
        let mut first = true;
        loop {
            let read = entry
                .read(&mut buffer)
                .map_err(|_| unreadable("XLSX 文件已损坏，请重新保存后再导入"))?;
            if read == 0 {
                break;
            }
            left = left.checked_sub(read as u64).ok_or_else(|| too_large(limits))?;
            // The reader sets aside as much as this number asks for, so it must not be larger than what follows.
            if std::mem::take(&mut first) && shared_strings && claims_more_than(&buffer[..read], size) {
                return Err(unreadable("XLSX 文件已损坏，请重新保存后再导入"));
            }
        }
    }
    Ok(())
}

/// Whether the table of strings announces more strings than its bytes can hold.
fn claims_more_than(head: &[u8], size: u64) -> bool {
    let text = String::from_utf8_lossy(head);
    let Some((_, tag)) = text.split_once("<sst").or_else(|| text.split_once(":sst")) else {
        // The table must begin near the beginning.
        return size > head.len() as u64;
    };
    let tag = tag.split('>').next().unwrap_or("");
    tag.split("uniqueCount").skip(1).any(|rest| {
        let digits: String = rest
            .chars()
            .skip_while(|c| !c.is_ascii_digit())
            .take_while(char::is_ascii_digit)
            .collect();
        digits.parse::<u64>().is_ok_and(|n| n > size / 4 + 16) || digits.len() > 15
    })
}

/// Reads the first sheet.
pub fn read(bytes: &[u8], limits: Limits) -> Result<Table, ApiError> {
    weigh(bytes, limits)?;
    // The parser meets hostile files here; if it stumbles, that is the file's fault.
    std::panic::catch_unwind(|| read_sheet(bytes, limits))
        .unwrap_or_else(|_| Err(unreadable("XLSX 文件已损坏，请重新保存后再导入")))
}

fn read_sheet(bytes: &[u8], limits: Limits) -> Result<Table, ApiError> {
    let broken = |e: calamine::XlsxError| match e {
        calamine::XlsxError::Password => unreadable("工作簿有密码，请去掉密码后再导入"),
        e => unreadable(format!(
            "XLSX 文件无法读取，请重新保存后再导入（{}）",
            kept(&e.to_string(), limits)
        )),
    };
    let mut book = Xlsx::new(Cursor::new(bytes)).map_err(broken)?;
    let sheet = book
        .sheet_names()
        .first()
        .cloned()
        .ok_or_else(|| unreadable("工作簿中没有工作表"))?;
    let mut table = Table::default();
    {
        let mut cells = book.worksheet_cells_reader(&sheet).map_err(broken)?;
        let mut row: Option<(usize, Vec<Cell>)> = None;
        while let Some(cell) = cells.next_cell().map_err(broken)? {
            let (at, column) = cell.get_position();
            let (number, column) = (at as usize + 1, column as usize);
            let Some(value) = value_of(cell.get_value(), limits) else {
                continue;
            };
            if column >= MAX_COLUMNS {
                continue;
            }
            if row.as_ref().is_some_and(|(n, _)| *n != number)
                && let Some((n, cells)) = row.take()
            {
                table.push(n, cells, limits)?;
            }
            let (_, cells) = row.get_or_insert_with(|| (number, vec![]));
            if cells.len() <= column {
                cells.resize(column + 1, Cell::Text(String::new()));
            }
            cells[column] = value;
        }
        if let Some((n, cells)) = row {
            table.push(n, cells, limits)?;
        }
    }
    table.merged = book
        .merge_cells_by_sheet_name(&sheet)
        .map_err(broken)?
        .into_iter()
        .take(super::MAX_PROBLEMS)
        .map(|d| Merged {
            rows: (d.start.0 as usize + 1, d.end.0 as usize + 1),
            columns: (d.start.1 as usize, d.end.1 as usize),
        })
        .collect();
    Ok(table)
}

fn value_of(value: &DataRef<'_>, limits: Limits) -> Option<Cell> {
    Some(match value {
        DataRef::Empty => return None,
        DataRef::String(text) => Cell::Text(kept(text, limits)),
        DataRef::SharedString(text) => Cell::Text(kept(text, limits)),
        DataRef::Int(n) => Cell::Number(*n as f64),
        DataRef::Float(n) => Cell::Number(*n),
        DataRef::Bool(yes) => Cell::Text(if *yes { "TRUE" } else { "FALSE" }.into()),
        DataRef::DateTime(at) => Cell::Date(at.is_datetime().then(|| day(at)).flatten()),
        DataRef::DateTimeIso(text) => Cell::Date(text.get(..10).and_then(|day| day.parse().ok())),
        DataRef::DurationIso(_) => Cell::Date(None),
        DataRef::Error(_) => Cell::Error,
    })
}

/// The day of a date as a spreadsheet stores it.
fn day(at: &calamine::ExcelDateTime) -> Option<chrono::NaiveDate> {
    let (year, month, day, ..) = at.to_ymd_hms_milli();
    chrono::NaiveDate::from_ymd_opt(year.into(), month.into(), day.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_of_strings_may_not_announce_more_than_it_holds() {
        assert!(claims_more_than(b"<sst count=\"1\" uniqueCount=\"99999999999\">", 200));
        assert!(claims_more_than(b"<x:sst uniqueCount='9999999999999999999999'>", 200));
        assert!(!claims_more_than(b"<sst uniqueCount=\"3\"><si>", 200));
        assert!(!claims_more_than(b"<sst><si>", 200));
    }

    #[test]
    fn what_is_no_workbook_is_refused() {
        for bytes in [
            &b"PK\x03\x04"[..],
            b"PK\x03\x04 and something else",
            &[b"PK\x03\x04".as_slice(), &[0; 200]].concat(),
        ] {
            assert_eq!(
                read(bytes, Limits { rows: 10, chars: 300 }).unwrap_err().code,
                crate::web::ErrorCode::ImportUnreadable
            );
        }
    }
}
