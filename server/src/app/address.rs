//! Where somebody calls from, as far as counting goes.

use std::fmt;
use std::net::{IpAddr, Ipv6Addr};

/// The bits of an IPv6 address that tell one line from another; the others a caller chooses.
const LINE_V6: u128 = u128::MAX << 64;

/// Who shares an address counts as one caller: an IPv4 address, or the /64 network of an IPv6 address. It is personal data, and prints as
/// nothing.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Address(IpAddr);

impl Address {
    /// The address that `ip` counts as. An IPv4 address written as IPv6 is the IPv4 address.
    pub fn of(ip: IpAddr) -> Self {
        Self(match ip.to_canonical() {
            IpAddr::V6(v6) => Ipv6Addr::from_bits(v6.to_bits() & LINE_V6).into(),
            v4 @ IpAddr::V4(_) => v4,
        })
    }
}

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Address(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_ipv6_line_and_an_ipv4_address_in_either_spelling_are_one_caller() {
        let of = |text: &str| Address::of(text.parse().unwrap());
        for (one, other, same) in [
            ("203.0.113.7", "203.0.113.7", true),
            ("203.0.113.7", "203.0.113.8", false),
            ("203.0.113.7", "::ffff:203.0.113.7", true),
            ("::ffff:203.0.113.7", "::ffff:203.0.113.8", false),
            ("2001:db8:0:1::1", "2001:db8:0:1:ffff:ffff:ffff:ffff", true),
            ("2001:db8:0:1::1", "2001:db8:0:2::1", false),
        ] {
            assert_eq!(of(one) == of(other), same, "{one} and {other}");
        }
    }

    #[test]
    fn an_address_is_never_printed() {
        assert_eq!(format!("{:?}", Address::of("203.0.113.7".parse().unwrap())), "Address(…)");
    }
}
