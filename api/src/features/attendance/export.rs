//! Attendance lists as files: CSV and XLSX to take home, and a sheet to print and sign.

use super::AttendanceState;
use super::board::{Board, Line};
use crate::db::Ts;
use crate::features::meetings::SeatClass;
use crate::web::{ApiError, ApiResult};
use chrono::FixedOffset;
use rust_xlsxwriter::{Format, Workbook};

const HEADERS: [&str; 11] = [
    "序号",
    "代表团",
    "姓名",
    "类别",
    "座位",
    "状态",
    "签到时间",
    "签到方式",
    "签退时间",
    "在场",
    "待核对",
];

/// The state as people read it.
pub fn state_zh(state: AttendanceState) -> &'static str {
    match state {
        AttendanceState::Expected => "未签到",
        AttendanceState::Present => "出席",
        AttendanceState::Late => "迟到",
        AttendanceState::OnLeave => "请假",
        AttendanceState::Absent => "缺席",
        AttendanceState::Suspended => "暂停职务",
    }
}

fn class_zh(class: SeatClass) -> &'static str {
    match class {
        SeatClass::Voting => "出席",
        SeatClass::Attendee => "列席",
        SeatClass::Observer => "旁听",
    }
}

fn method_zh(line: &Line) -> &'static str {
    use super::Method;
    match line.method {
        Some(Method::HallCode) => "扫码",
        Some(Method::TypedCode) => "数字码",
        Some(Method::Gate) => "签到点",
        Some(Method::Clerk) => "人工",
        Some(Method::Phone) => "手机",
        None => "",
    }
}

fn local(at: Option<Ts>, zone: FixedOffset) -> String {
    at.map(|at| at.0.with_timezone(&zone).format("%Y-%m-%d %H:%M:%S").to_string())
        .unwrap_or_default()
}

fn row(board: &Board, n: usize, line: &Line, zone: FixedOffset) -> [String; 11] {
    [
        (n + 1).to_string(),
        board
            .delegation_name(line.entry.delegation_id)
            .unwrap_or_default()
            .to_owned(),
        line.entry.name.clone(),
        class_zh(line.entry.class).to_owned(),
        line.entry.seat_label.clone().unwrap_or_default(),
        state_zh(line.state).to_owned(),
        local(line.presence.first_at, zone),
        method_zh(line).to_owned(),
        local(line.presence.left_at, zone),
        if line.presence.in_room { "是" } else { "否" }.to_owned(),
        if line.open_flags > 0 {
            line.open_flags.to_string()
        } else {
            String::new()
        },
    ]
}

/// A cell that a spreadsheet would take for a formula gets a quote in front.
fn harmless(text: &str) -> String {
    if text.starts_with(['=', '+', '-', '@', '\t', '\r']) {
        format!("'{text}")
    } else {
        text.to_owned()
    }
}

/// CSV in UTF-8 with a byte order mark, which Excel needs to read Chinese.
pub fn csv(board: &Board, zone: FixedOffset) -> ApiResult<Vec<u8>> {
    let mut out = csv::Writer::from_writer(vec![0xEF, 0xBB, 0xBF]);
    out.write_record(HEADERS).map_err(ApiError::internal)?;
    for (n, line) in board.lines.iter().enumerate() {
        out.write_record(row(board, n, line, zone).iter().map(|cell| harmless(cell)))
            .map_err(ApiError::internal)?;
    }
    out.into_inner().map_err(ApiError::internal)
}

/// A workbook with the list and a summary.
pub fn xlsx(board: &Board, zone: FixedOffset) -> ApiResult<Vec<u8>> {
    let mut book = Workbook::new();
    let bold = Format::new().set_bold();
    let sheet = book.add_worksheet();
    let write = |sheet: &mut rust_xlsxwriter::Worksheet| -> Result<(), rust_xlsxwriter::XlsxError> {
        sheet.set_name("签到表")?;
        for (column, header) in HEADERS.iter().enumerate() {
            sheet.write_with_format(0, column as u16, *header, &bold)?;
        }
        for (n, line) in board.lines.iter().enumerate() {
            for (column, cell) in row(board, n, line, zone).iter().enumerate() {
                sheet.write_string((n + 1) as u32, column as u16, cell)?;
            }
        }
        sheet.set_freeze_panes(1, 0)?;
        sheet.autofit();
        Ok(())
    };
    write(sheet).map_err(ApiError::internal)?;
    let summary = book.add_worksheet();
    let write = |sheet: &mut rust_xlsxwriter::Worksheet| -> Result<(), rust_xlsxwriter::XlsxError> {
        sheet.set_name("汇总")?;
        for (n, (name, value)) in summary_lines(board, zone).iter().enumerate() {
            sheet.write_with_format(n as u32, 0, *name, &bold)?;
            sheet.write_string(n as u32, 1, value)?;
        }
        sheet.autofit();
        Ok(())
    };
    write(summary).map_err(ApiError::internal)?;
    book.save_to_buffer().map_err(ApiError::internal)
}

fn summary_lines(board: &Board, zone: FixedOffset) -> Vec<(&'static str, String)> {
    let counts = board.counts();
    let quorum = board.quorum(&counts);
    vec![
        ("会议", board.meeting_title.clone()),
        ("场次", board.sitting.title.clone()),
        ("地点", board.sitting.place.clone()),
        ("时间", local(Some(board.sitting.starts_at), zone)),
        ("应到", counts.voting_total.to_string()),
        ("签到", counts.voting_signed.to_string()),
        ("在场", counts.voting_present.to_string()),
        ("迟到", counts.late.to_string()),
        ("请假", counts.on_leave.to_string()),
        ("缺席", counts.absent.to_string()),
        (
            "列席",
            format!("{} / {}", counts.attendee_present, counts.attendee_total),
        ),
        (
            "法定人数",
            format!("{} / {}（全体 {}）", quorum.present, quorum.needed, quorum.total),
        ),
    ]
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}

/// A sheet for signing by hand, by delegation, A4.
pub fn sheet(board: &Board, zone: FixedOffset) -> String {
    use std::fmt::Write;
    let mut html = format!(
        "<!doctype html><html lang=\"zh-CN\"><meta charset=\"utf-8\"><title>{title} 签到表</title><style>\
         @page{{size:A4;margin:15mm}}body{{font-family:serif;color:#000}}h1{{font-size:20pt;text-align:center;margin:0}}\
         p{{text-align:center;margin:4pt 0 10pt}}h2{{font-size:13pt;margin:12pt 0 4pt;break-after:avoid}}\
         table{{width:100%;border-collapse:collapse}}th,td{{border:1px solid #000;padding:5pt 6pt;font-size:11pt;text-align:left}}\
         tr{{break-inside:avoid}}td.n{{width:8%}}td.name{{width:22%}}td.seat{{width:15%}}td.sign{{width:35%}}</style>\
         <h1>{congress}</h1><p>{meeting}　{title}　{place}　{at}</p>",
        congress = escaped(&board.congress_name),
        meeting = escaped(&board.meeting_title),
        title = escaped(&board.sitting.title),
        place = escaped(&board.sitting.place),
        at = local(Some(board.sitting.starts_at), zone),
    );
    let mut groups: Vec<(String, Vec<&Line>)> = board
        .delegations
        .iter()
        .map(|(id, name)| {
            (
                name.clone(),
                board
                    .lines
                    .iter()
                    .filter(|l| l.entry.delegation_id == Some(*id))
                    .collect(),
            )
        })
        .collect();
    groups.push((
        "其他".into(),
        board
            .lines
            .iter()
            .filter(|l| board.delegation_name(l.entry.delegation_id).is_none())
            .collect(),
    ));
    for (name, lines) in groups.into_iter().filter(|(_, lines)| !lines.is_empty()) {
        let _ = write!(
            html,
            "<h2>{}（{} 人）</h2><table><tr><th>序号<th>姓名<th>座位<th>类别<th>签名</tr>",
            escaped(&name),
            lines.len()
        );
        for (n, line) in lines.iter().enumerate() {
            let note = match line.state {
                AttendanceState::OnLeave => "请假",
                AttendanceState::Suspended => "暂停职务",
                _ if line.presence.first_at.is_some() => "已电子签到",
                _ => "",
            };
            let _ = write!(
                html,
                "<tr><td class=n>{}<td class=name>{}<td class=seat>{}<td>{}<td class=sign>{note}</tr>",
                n + 1,
                escaped(&line.entry.name),
                escaped(line.entry.seat_label.as_deref().unwrap_or("")),
                class_zh(line.entry.class),
            );
        }
        html.push_str("</table>");
    }
    html
}

#[cfg(test)]
mod tests {
    use super::harmless;

    #[test]
    fn formulas_are_disarmed() {
        for bad in ["=1+1", "+1", "-1", "@sum", "\tx"] {
            assert!(harmless(bad).starts_with('\''), "{bad}");
        }
        assert_eq!(harmless("张三"), "张三");
    }
}
