//! What every operation has in common: problems, languages, limits, the document.

mod problems;
