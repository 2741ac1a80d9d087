use super::*;
use crate::sheets::is_invisible;
use proptest::prelude::*;

fn text(s: &str) -> Cell {
    Cell::Text(s.into())
}

#[test]
fn an_ended_seat_stays_ended() {
    for verb in [Verb::Suspend, Verb::Resume, Verb::End] {
        let (from, to) = transition(verb);
        assert!(!from.contains(&SeatStatus::Ended));
        assert!(!from.contains(&to));
    }
    assert_eq!(
        transition(Verb::Suspend),
        (&[SeatStatus::Active][..], SeatStatus::Suspended)
    );
    assert_eq!(
        transition(Verb::Resume),
        (&[SeatStatus::Suspended][..], SeatStatus::Active)
    );
}

#[test]
fn headers_are_known_by_all_their_names() {
    for column in Column::ALL {
        for name in column.names() {
            for spelled in [
                name.to_string(),
                format!(" {name}＊"),
                format!("{name}（必填）"),
                format!("\u{feff}{name}:"),
                format!("{name}\n(11位)"),
            ] {
                assert_eq!(Column::of_header(&spelled), Some(column), "{spelled:?}");
            }
        }
    }
    assert_eq!(Column::of_header("姓　名"), Some(Column::Name));
    assert_eq!(Column::of_header("选区／选举单位"), Some(Column::District));
    for unknown in ["", "序号", "备注", "姓名电话"] {
        assert_eq!(Column::of_header(unknown), None, "{unknown}");
    }
}

#[test]
fn phones_survive_what_spreadsheets_do_to_them() {
    for cell in [
        Cell::Number(13800001234.0),
        text("13800001234.0"),
        text("1.3800001234E10"),
        text("1.3800001234e+10"),
        text(" 138 0000 1234\u{200b}"),
        text("１３８００００１２３４"),
        text("=\"13800001234\""),
        text("\u{202d}13800001234\u{202c}"),
        text("'+8613800001234"),
    ] {
        assert_eq!(
            phone(&cell).map(|p| p.local().to_owned()),
            Ok("13800001234".to_owned()),
            "{cell:?}"
        );
    }
    for cell in [
        text("1.38E+10"),
        text("1.38E10"),
        text("1E10"),
        text("13800001234.5"),
        Cell::Number(13800001234.5),
        Cell::Number(1.38e30),
    ] {
        assert_eq!(phone(&cell), Err(Flaw::Lossy), "{cell:?}");
    }
    for cell in [
        text("1380000123"),
        text("0571-88888888"),
        text("13800001234/13900001234"),
        Cell::Number(138.0),
    ] {
        assert_eq!(phone(&cell), Err(Flaw::BadPhone), "{cell:?}");
    }
    assert_eq!(phone(&text(" \u{200b}")), Err(Flaw::Missing));
    assert_eq!(phone(&Cell::Date(None)), Err(Flaw::BadCell));
}

#[test]
fn numbers_keep_their_zeros_and_letters() {
    assert_eq!(number(&text("００１２")), Ok("0012".into()));
    assert_eq!(number(&text("浙A 012")), Ok("浙A012".into()));
    assert_eq!(number(&text("1E5")), Ok("1E5".into()));
    assert_eq!(number(&Cell::Number(12.0)), Ok("12".into()));
    assert_eq!(number(&text("12.0")), Ok("12".into()));
    assert_eq!(number(&text("1.2E+18")), Err(Flaw::Lossy));
    assert_eq!(number(&Cell::Number(1e18)), Err(Flaw::Lossy));
    assert_eq!(number(&text(&"1".repeat(33))), Err(Flaw::TooLong));
}

#[test]
fn names_are_joined_when_they_were_stretched() {
    assert_eq!(name(&text("张　三")), Ok("张三".into()));
    assert_eq!(name(&text(" John  Smith ")), Ok("John Smith".into()));
    assert_eq!(name(&text("阿卜杜·买买提")), Ok("阿卜杜·买买提".into()));
    assert_eq!(name(&text("")), Err(Flaw::Missing));
    assert_eq!(name(&text(&"长".repeat(65))), Err(Flaw::TooLong));
}

proptest! {
    #[test]
    fn every_mobile_number_is_read_back(local in "1[3-9][0-9]{9}", spaces in "[ \u{200b}\u{3000}]{0,3}") {
        let wide: String = local.chars().map(|c| char::from_u32(c as u32 + 0xFEE0).unwrap()).collect();
        let (head, tail) = local.split_at(1);
        for cell in [text(&format!("{spaces}{local}{spaces}")), text(&wide), Cell::Number(local.parse().unwrap()), text(&format!("{head}.{tail}E+10"))] {
            let read = phone(&cell);
            prop_assert_eq!(read.as_ref().map(Phone::local), Ok(local.as_str()), "{:?}", cell);
        }
    }

    #[test]
    fn no_cell_makes_reading_panic(s in "\\PC{0,40}", n in proptest::num::f64::ANY) {
        for cell in [text(&s), Cell::Number(n)] {
            let _ = (phone(&cell), number(&cell), name(&cell), optional(&cell, Column::Party), cell.shown(), cell.is_blank());
        }
        let _ = Column::of_header(&s);
    }

    #[test]
    fn a_clean_text_stays_as_it_is(s in "\\PC{0,40}") {
        let once = clean(&s);
        prop_assert!(!once.chars().any(|c| c.is_control() || is_invisible(c)));
        prop_assert_eq!(once.trim(), once.as_str());
    }
}
