//! The composition root: opens the store, starts the actors and the HTTP side, stops everything in order.
