//! Networks on the command line.

use std::net::IpAddr;

use ipnet::IpNet;

/// A network such as `10.0.0.0/8` or `fd00::/8`, or a single address.
///
/// # Errors
/// Also for the network of all addresses: who trusts everybody lets callers choose their address.
pub(super) fn network(text: &str) -> Result<IpNet, String> {
    let network: IpNet = text
        .parse()
        .or_else(|_| text.parse::<IpAddr>().map(IpNet::from))
        .map_err(|_| "a network such as 10.0.0.0/8 or fd00::/8, or an address, is expected".to_owned())?;
    if network.prefix_len() == 0 {
        return Err("everybody cannot be a trusted proxy: callers would choose their address".to_owned());
    }
    Ok(network.trunc())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn networks_and_single_addresses_are_read() {
        let read = |text| network(text).map(|network| network.to_string()).ok();
        for (text, expected) in [
            ("10.0.0.0/8", Some("10.0.0.0/8")),
            ("10.1.2.3/8", Some("10.0.0.0/8")),
            ("192.0.2.1", Some("192.0.2.1/32")),
            ("fd00::/8", Some("fd00::/8")),
            ("::1", Some("::1/128")),
            ("0.0.0.0/0", None),
            ("::/0", None),
            ("10.0.0.0/33", None),
            ("10.0.0", None),
            ("proxy.example", None),
            ("", None),
        ] {
            assert_eq!(read(text).as_deref(), expected, "{text}");
        }
    }
}
