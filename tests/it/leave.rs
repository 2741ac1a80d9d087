//! Tests of leave.
