//! Where a request comes from, behind the proxies that the operator trusts.

use std::net::{IpAddr, SocketAddr};

use axum::extract::{ConnectInfo, FromRequestParts};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName};
use ipnet::IpNet;

use super::access::Shared;
use crate::app::Address;
use crate::error::AppError;

/// What each proxy appends to: the address of who called it.
const FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");

/// The address a request counts for.
#[derive(Debug, Clone, Copy)]
pub(super) struct CallingFrom(pub(super) Address);

impl FromRequestParts<Shared> for CallingFrom {
    type Rejection = AppError;

    async fn from_request_parts(parts: &mut Parts, shared: &Shared) -> Result<Self, AppError> {
        let peer: Option<&ConnectInfo<SocketAddr>> = parts.extensions.get();
        let peer = peer.ok_or_else(|| AppError::Broken("a request came over no connection".to_owned()))?;
        Ok(Self(Address::of(caller(peer.0.ip(), &parts.headers, shared.proxies()))))
    }
}

/// Walks from the `peer` back through `X-Forwarded-For` as long as a trusted proxy speaks. What stands before the first hop that is not one
/// was written by a stranger; what is no address ends the walk at the last trusted hop.
fn caller(peer: IpAddr, headers: &HeaderMap, proxies: &[IpNet]) -> IpAddr {
    let is_proxy = |hop: IpAddr| proxies.iter().any(|network| network.contains(&hop));
    let values = headers.get_all(FORWARDED_FOR).iter().collect::<Vec<_>>();
    let entries = values.into_iter().rev().flat_map(|value| value.as_bytes().rsplit(|byte| *byte == b','));
    let mut hop = peer.to_canonical();
    for entry in entries {
        if !is_proxy(hop) {
            break;
        }
        let Some(before) = address(entry) else { break };
        hop = before;
    }
    hop
}

/// The address of an entry; some proxies write the port, too.
fn address(entry: &[u8]) -> Option<IpAddr> {
    let text = str::from_utf8(entry).ok()?.trim();
    let bare = text.strip_prefix('[').and_then(|text| text.strip_suffix(']')).unwrap_or(text);
    let address = bare.parse().ok().or_else(|| Some(text.parse::<SocketAddr>().ok()?.ip()));
    address.map(|address: IpAddr| address.to_canonical())
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    /// The caller of a proxy at 10.0.0.1 in front of the server, with these headers.
    fn from(peer: &str, headers: &[&str]) -> String {
        let proxies = ["10.0.0.0/8", "fd00::/8"].map(|network| network.parse().unwrap());
        let headers = headers.iter().map(|value| (FORWARDED_FOR, HeaderValue::from_bytes(value.as_bytes()).unwrap()));
        let mut map = HeaderMap::new();
        headers.for_each(|(name, value)| {
            map.append(name, value);
        });
        caller(peer.parse().unwrap(), &map, &proxies).to_string()
    }

    #[test]
    fn the_caller_is_the_last_one_who_is_no_proxy() {
        for (headers, expected) in [
            (&[][..], "10.0.0.1"),
            (&["203.0.113.7"], "203.0.113.7"),
            // a stranger wrote the left one
            (&["198.51.100.1, 203.0.113.7"], "203.0.113.7"),
            (&["10.9.9.9, 203.0.113.7"], "203.0.113.7"),
            // a second proxy
            (&["198.51.100.1, 203.0.113.7, 10.0.0.2"], "203.0.113.7"),
            // several headers are one list, in their order
            (&["198.51.100.1, 203.0.113.7", "10.0.0.2"], "203.0.113.7"),
            (&["198.51.100.1", "203.0.113.7"], "203.0.113.7"),
            // nothing but proxies
            (&["10.0.0.3, 10.0.0.2"], "10.0.0.3"),
            (&["2001:db8::7,fd00::2"], "2001:db8::7"),
        ] {
            assert_eq!(from("10.0.0.1", headers), expected, "{headers:?}");
        }
    }

    #[test]
    fn nobody_but_a_proxy_says_who_calls() {
        assert_eq!(from("203.0.113.9", &["198.51.100.1"]), "203.0.113.9");
        assert_eq!(from("::ffff:203.0.113.9", &["198.51.100.1"]), "203.0.113.9");
        assert_eq!(
            from("::ffff:10.0.0.1", &["198.51.100.1"]),
            "198.51.100.1",
            "a proxy over a socket for both versions"
        );
        let headers = HeaderMap::from_iter([(FORWARDED_FOR, HeaderValue::from_static("198.51.100.1"))]);
        let peer = "10.0.0.1".parse().unwrap();
        assert_eq!(caller(peer, &headers, &[]), peer, "without the option");
    }

    #[test]
    fn what_is_no_address_ends_the_walk_at_the_last_trusted_hop() {
        for wrong in [
            "",
            " ",
            "unknown",
            "_hidden",
            "203.0.113",
            "203.0.113.256",
            "0203.0.113.7",
            "203.0.113.7:99999",
            "203.0.113.7 198.51.100.1",
            "\"203.0.113.7\"",
            "for=203.0.113.7",
            "fe80::1%eth0",
            "[203.0.113.7",
            "\u{ff11}.1.1.1",
        ] {
            assert_eq!(from("10.0.0.1", &[wrong]), "10.0.0.1", "{wrong:?}");
            assert_eq!(from("10.0.0.1", &[&format!("203.0.113.7, {wrong}, 10.0.0.2")]), "10.0.0.2", "{wrong:?}");
            assert_eq!(from("10.0.0.1", &[&format!("{wrong}, 203.0.113.7")]), "203.0.113.7", "{wrong:?}");
        }
    }

    #[test]
    fn ports_and_brackets_and_mapped_addresses_are_understood() {
        for (entry, expected) in [
            ("203.0.113.7:4711", "203.0.113.7"),
            ("[2001:db8::7]:4711", "2001:db8::7"),
            ("[2001:db8::7]", "2001:db8::7"),
            ("::ffff:203.0.113.7", "203.0.113.7"),
            ("\t203.0.113.7 ", "203.0.113.7"),
        ] {
            assert_eq!(from("10.0.0.1", &[entry]), expected, "{entry}");
        }
        assert_eq!(from("10.0.0.1", &["203.0.113.7, ::ffff:10.0.0.2"]), "203.0.113.7", "a mapped proxy");
    }
}
