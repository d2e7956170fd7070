//! What a pass does with a document: one file, or folder, per kind.

pub mod order;
