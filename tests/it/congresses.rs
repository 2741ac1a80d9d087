//! Tests of congresses.
