//! Ranges of network addresses, as named locations have them (CA-6).

use std::net::IpAddr;

/// The first and the last IPv4 address in IPv6 clothing (RFC 4291, 2.5.5.2).
const CLOTHED: (u128, u128) = (0xffff_0000_0000, 0xffff_ffff_ffff);

/// A range of addresses of one family, both ends included.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct AddressRange {
    first: IpAddr,
    last: IpAddr,
}

impl AddressRange {
    /// Reads CIDR notation (`203.0.113.0/24`, `2001:db8::/32`), a single address, or `lower-upper`. IPv4 addresses in IPv6
    /// clothing (`::ffff:203.0.113.0/120`) make no range: whether Entra takes them for IPv4 is not documented. A range that
    /// takes in all of them, such as `::/0`, is one of IPv6 and holds none of IPv4.
    #[must_use]
    pub fn read(text: &str) -> Option<Self> {
        Self::of(text).filter(|range| !range.is_clothed())
    }

    fn of(text: &str) -> Option<Self> {
        let text = text.trim();
        if let Some((first, last)) = text.split_once('-') {
            let range = Self { first: first.trim().parse().ok()?, last: last.trim().parse().ok()? };
            let one_family = range.first.is_ipv4() == range.last.is_ipv4();
            return (one_family && range.first <= range.last).then_some(range);
        }
        let (address, length) = match text.split_once('/') {
            Some((address, length)) => (address.parse().ok()?, Some(length.parse::<u32>().ok()?)),
            None => (text.parse().ok()?, None),
        };
        match address {
            IpAddr::V4(address) => {
                let host = 32_u32.checked_sub(length.unwrap_or(32))?;
                let mask = u32::MAX.checked_shl(host).unwrap_or(0);
                let first = u32::from(address) & mask;
                Some(Self { first: IpAddr::V4(first.into()), last: IpAddr::V4((first | !mask).into()) })
            }
            IpAddr::V6(address) => {
                let host = 128_u32.checked_sub(length.unwrap_or(128))?;
                let mask = u128::MAX.checked_shl(host).unwrap_or(0);
                let first = u128::from(address) & mask;
                Some(Self { first: IpAddr::V6(first.into()), last: IpAddr::V6((first | !mask).into()) })
            }
        }
    }

    /// Whether some, but not all, IPv4 addresses in IPv6 clothing are in it.
    fn is_clothed(&self) -> bool {
        let (IpAddr::V6(first), IpAddr::V6(last)) = (self.first, self.last) else { return false };
        let (first, last) = (u128::from(first), u128::from(last));
        let apart = last < CLOTHED.0 || CLOTHED.1 < first;
        let whole = first <= CLOTHED.0 && CLOTHED.1 <= last;
        !(apart || whole)
    }

    /// The lowest address in it.
    #[must_use]
    pub const fn first(&self) -> IpAddr {
        self.first
    }

    /// The highest address in it.
    #[must_use]
    pub const fn last(&self) -> IpAddr {
        self.last
    }

    /// The blocks of which the range is made, in ascending order: each an address and the length of its prefix.
    #[must_use]
    pub fn blocks(&self) -> Vec<(IpAddr, u8)> {
        let (first, last, bits) = match (self.first, self.last) {
            (IpAddr::V4(first), IpAddr::V4(last)) => {
                (u128::from(u32::from(first)), u128::from(u32::from(last)), 32_u32)
            }
            (IpAddr::V6(first), IpAddr::V6(last)) => (u128::from(first), u128::from(last), 128),
            _ => return Vec::new(),
        };
        // Addresses in IPv6 clothing are those of IPv4, and in no range of IPv6.
        if self.first.is_ipv6() && first <= CLOTHED.0 && CLOTHED.1 <= last {
            let part =
                |first: u128, last: u128| Self { first: IpAddr::V6(first.into()), last: IpAddr::V6(last.into()) };
            let below = CLOTHED.0.checked_sub(1).filter(|last| first <= *last).map(|last| part(first, last));
            let above = CLOTHED.1.checked_add(1).filter(|first| *first <= last).map(|first| part(first, last));
            return below.iter().chain(&above).flat_map(Self::blocks).collect();
        }
        let address = |value: u128| match self.first {
            IpAddr::V4(_) => IpAddr::V4(u32::try_from(value).unwrap_or(u32::MAX).into()),
            IpAddr::V6(_) => IpAddr::V6(value.into()),
        };
        let mut blocks = Vec::new();
        let mut next = first;
        loop {
            // The largest block that begins here and ends in the range.
            let mut host = next.trailing_zeros().min(bits);
            let end = |host: u32| 1_u128.checked_shl(host).map_or(u128::MAX, |size| next.saturating_add(size - 1));
            while host > 0 && end(host) > last {
                host -= 1;
            }
            blocks.push((address(next), u8::try_from(bits - host).unwrap_or_default()));
            let block_end = end(host);
            if block_end >= last {
                return blocks;
            }
            next = block_end + 1;
        }
    }

    /// Joins ranges that overlap. They are given, and come back, in ascending order.
    #[must_use]
    pub fn merged(ranges: Vec<Self>) -> Vec<Self> {
        let mut merged: Vec<Self> = Vec::with_capacity(ranges.len());
        for range in ranges {
            match merged.last_mut() {
                Some(last) if last.first.is_ipv4() == range.first.is_ipv4() && range.first <= last.last => {
                    last.last = last.last.max(range.last);
                }
                _ => merged.push(range),
            }
        }
        merged
    }

    /// Whether the whole range stands before the address.
    #[must_use]
    pub fn ends_before(self, address: IpAddr) -> bool {
        self.last < address
    }

    /// Whether the address is in the range. An IPv4 address in IPv6 clothing counts as IPv4.
    #[must_use]
    pub fn contains(self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        address.is_ipv4() == self.first.is_ipv4() && self.first <= address && address <= self.last
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_of_both_families() {
        for (range, address, inside) in [
            ("203.0.113.0/24", "203.0.113.255", true),
            ("203.0.113.77/24", "203.0.113.1", true),
            ("203.0.113.0/24", "203.0.114.0", false),
            ("203.0.113.7", "203.0.113.7", true),
            ("0.0.0.0/0", "198.51.100.1", true),
            ("0.0.0.0/0", "2001:db8::1", false),
            ("2001:db8::/32", "2001:db8:ffff::1", true),
            ("::/0", "::1", true),
            ("::/0", "::ffff:203.0.113.7", false),
            ("203.0.113.0/24", "::ffff:203.0.113.7", true),
            ("10.0.0.1-10.0.0.9", "10.0.0.9", true),
            ("10.0.0.1-10.0.0.9", "10.0.0.10", false),
        ] {
            let found = AddressRange::read(range).unwrap().contains(address.parse().unwrap());
            assert_eq!(found, inside, "{address} in {range}");
        }
    }

    #[test]
    fn what_is_no_range() {
        for text in ["", "10.0.0.0/33", "2001:db8::/129", "10.0.0", "10.0.0.9-10.0.0.1", "10.0.0.1-::1", "10.0.0.0/x"] {
            assert_eq!(AddressRange::read(text), None, "{text}");
        }
    }

    #[test]
    fn ipv4_in_ipv6_clothing() {
        for text in
            ["::ffff:10.0.0.0/104", "::ffff:10.0.0.7", "::ffff:a00:0-::ffff:a00:9", "::fffe:0:0-::ffff:10.0.0.1"]
        {
            assert_eq!(AddressRange::read(text), None, "{text}");
        }
        let everything = AddressRange::read("::/0").unwrap();
        let clothed: IpAddr = "::ffff:10.0.0.7".parse().unwrap();
        let inside = |(address, length): (IpAddr, u8)| {
            let (IpAddr::V6(first), IpAddr::V6(clothed)) = (address, clothed) else { panic!("{address}") };
            let mask = u128::MAX.checked_shl(128 - u32::from(length)).unwrap_or(0);
            u128::from(clothed) & mask == u128::from(first)
        };
        assert!(everything.blocks().len() > 2);
        assert!(!everything.blocks().into_iter().any(inside));
    }
}
