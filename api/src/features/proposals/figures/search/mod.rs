//! Finding proposals by their words: for the public, and before filing, so that nobody asks twice for the same thing.
//!
//! Every process has an index of its own in the data folder. It is made from the database when it is first needed (or
//! when the server starts), and then follows the steps, which are only ever added: before each search it reads those that
//! are new. So several processes on one database need not know of each other, and whoever acted finds what he did.

mod finder;
mod index;
mod words;

pub use finder::{Finder, Hit};
