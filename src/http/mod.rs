//! The HTTP side: hooks, health, metrics, admin API.
