//! Constant Contact and Virtuous as they really behave, without I/O, with a thin HTTP shell.
