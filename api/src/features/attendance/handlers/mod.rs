//! The operations of attendance.

mod check_ins;
mod codes;
mod flags;
mod lists;
mod live;
mod moves;
mod rollup;

use crate::web::Operations;

/// What a whole hall asks for in the same minute.
pub fn first_routes(config: &mut impl Operations) {
    config.service(check_ins::check_in_create);
}

pub fn routes(config: &mut impl Operations) {
    config
        .service(codes::code_get)
        .service(codes::code_svg)
        .service(codes::code_png)
        .service(codes::code_resolve)
        .service(codes::screen_create)
        .service(moves::check_in_by_clerk)
        .service(moves::check_out_create)
        .service(moves::return_create)
        .service(moves::attendance_void)
        .service(lists::attendance_csv)
        .service(lists::attendance_xlsx)
        .service(lists::attendance_sheet)
        .service(lists::attendance_list)
        .service(flags::flag_list)
        .service(flags::flag_decide)
        .service(live::live_watch)
        .service(rollup::meeting_attendance)
        .service(rollup::session_attendance)
        .service(rollup::attendance_warning_list);
}
