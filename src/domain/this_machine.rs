//! Which names of hosts are this machine itself: what goes there, no other machine on the way can read.

use url::Host;

/// Whether a host, as URLs write it (`localhost`, `127.0.0.1`, `[::1]`), is this machine.
#[must_use]
pub fn is_this_machine(host: &str) -> bool {
    match Host::parse(host) {
        Ok(Host::Ipv4(ip)) => ip.is_loopback(),
        Ok(Host::Ipv6(ip)) => ip.is_loopback() || ip.to_ipv4_mapped().is_some_and(|ip| ip.is_loopback()),
        Ok(Host::Domain(name)) => name == "localhost",
        Err(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn loopback_is_this_machine_however_it_is_written_and_nothing_else_is() {
        for host in ["localhost", "LocalHost", "127.0.0.1", "127.9.9.9", "[::1]", "[::ffff:127.0.0.1]"] {
            assert!(is_this_machine(host), "{host}");
        }
        for host in
            ["", "[", "::1", "localhost.example.org", "127.0.0.1.example.org", "0.0.0.0", "[::]", "10.0.0.7"]
        {
            assert!(!is_this_machine(host), "{host}");
        }
    }
}
