//! Virtuous CRM+'s API.
