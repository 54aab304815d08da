//! Every route and its answers.
