//! Pure decisions about proposals: the machine, motions, numbers, feedback, replies, files.

pub mod feedback;
pub mod files;
pub mod machine;
pub mod motion;
