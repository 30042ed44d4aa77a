//! Support for the scenarios: one file a scenario stands in `tests/`.
