//! Tests of representatives.
