//! Tests of attendance.
