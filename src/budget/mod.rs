//! Who may call when: per second, per day, per hour, fair over customers.
