//! Purgatories as they ship, loaded into this process and started there.
