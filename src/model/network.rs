//! Where a sign-in comes from, held against named locations (docs/semantics, CA-6).

use std::net::IpAddr;

use super::{AddressRange, Network, Told};

/// The pseudo location of the MFA trusted IPs (CA-6.5).
pub const MFA_TRUSTED_IPS: &str = "00000000-0000-0000-0000-000000000000";

/// The address of a sign-in, as Entra sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Address {
    /// This one.
    Ip(IpAddr),
    /// One that no named location lists.
    Unlisted,
}

/// The country that an address belongs to.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Country {
    /// A two-letter code in upper case.
    Code(Box<str>),
    /// The address maps to no country.
    Unmapped,
}

impl Country {
    /// Reads a two-letter code, or `unmapped`.
    #[must_use]
    pub fn read(text: &str) -> Option<Self> {
        if text.eq_ignore_ascii_case("unmapped") {
            return Some(Self::Unmapped);
        }
        let code = text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_alphabetic());
        code.then(|| Self::Code(text.to_ascii_uppercase().into()))
    }
}

/// ISO 3166-1 codes (of November 2025) of two letters; those where nobody lives first, since they read as nobody's.
pub const COUNTRIES: &str = "AQ BV HM \
    AD AE AF AG AI AL AM AO AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT BW BY BZ \
    CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH ER ES ET \
    FI FJ FK FM FO FR GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HN HR HT HU \
    ID IE IL IM IN IO IQ IR IS IT JE JM JO JP KE KG KH KI KM KN KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY \
    MA MC MD ME MF MG MH MK ML MM MN MO MP MQ MR MS MT MU MV MW MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM \
    PA PE PF PG PH PK PL PM PN PR PS PT PW PY QA RE RO RS RU RW \
    SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF TG TH TJ TK TL TM TN TO TR TT TV TW TZ \
    UA UG UM US UY UZ VA VC VE VG VI VN VU WF WS YE YT ZA ZM ZW";

/// Kosovo, by the code that is in use and that ISO 3166-1 leaves to its users.
pub const KOSOVO: &str = "XK";

/// Whether a code in upper case is one of ISO 3166-1, which is what Graph documents for named locations (CA-6.17).
#[must_use]
pub fn is_country(code: &str) -> bool {
    COUNTRIES.split_ascii_whitespace().any(|known| known == code)
}

/// Whether it is not known which country a code stands for: one of ISO 3166-1 and Kosovo's are.
#[must_use]
pub fn is_odd_country(code: &str) -> bool {
    code != KOSOVO && !is_country(code)
}

/// Where a sign-in comes from; what is `None` is not specified.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Whereabouts {
    /// The address.
    pub address: Option<Address>,
    /// Its country.
    pub country: Option<Country>,
    /// The country that Authenticator tells by GPS.
    pub gps_country: Option<Country>,
    /// Whether the address is one of the MFA trusted IPs, which no export lists.
    pub mfa_trusted: bool,
    /// Whether the traffic comes through Global Secure Access.
    pub compliant_network: Option<bool>,
}

/// A named location, made ready to be asked often.
#[derive(Debug, Clone)]
pub struct Location {
    /// Whether it is marked as trusted, or may be: of one that could not be read nobody knows.
    pub trusted: bool,
    made_of: MadeOf,
}

#[derive(Debug, Clone)]
enum MadeOf {
    /// Ranges of one family in ascending order, merged; and whether some could not be read.
    Ranges {
        ranges: Vec<AddressRange>,
        unread: bool,
    },
    Countries {
        codes: Vec<Box<str>>,
        /// Whether one of the codes stands for nobody knows what.
        odd: bool,
        unmapped: bool,
        gps: bool,
    },
    CompliantNetwork,
    Unread,
}

impl Location {
    /// Makes a named location ready.
    #[must_use]
    pub fn of(network: &Told<Network>) -> Self {
        let (made_of, trusted) = match network {
            Ok(Network::Ip { ranges, trusted }) => {
                let mut read: Vec<AddressRange> = ranges.iter().filter_map(|text| AddressRange::read(text)).collect();
                let unread = read.len() < ranges.len();
                read.sort_unstable();
                (MadeOf::Ranges { ranges: AddressRange::merged(read), unread }, *trusted)
            }
            Ok(Network::Country { countries, include_unknown, gps }) => {
                let mut codes: Vec<Box<str>> = countries.iter().map(|code| code.as_str().into()).collect();
                codes.sort_unstable();
                let odd = codes.iter().any(|code| is_odd_country(code));
                (MadeOf::Countries { codes, odd, unmapped: *include_unknown, gps: *gps }, false)
            }
            Ok(Network::CompliantNetwork) => (MadeOf::CompliantNetwork, false),
            Err(_) => (MadeOf::Unread, true),
        };
        Self { trusted, made_of }
    }

    /// Whether a sign-in from there belongs to the location (CA-6.3, CA-6.4, CA-6.6, CA-6.8).
    ///
    /// # Errors
    /// What would have to be known, as a clause.
    pub fn holds(&self, from: &Whereabouts) -> Result<bool, &'static str> {
        match &self.made_of {
            MadeOf::Unread => Err("what the named location is made of could not be read"),
            MadeOf::CompliantNetwork => {
                from.compliant_network.ok_or("whether the sign-in comes through the compliant network is not specified")
            }
            MadeOf::Ranges { ranges, unread } => match from.address {
                None => Err("the address is not specified"),
                Some(Address::Unlisted) => Ok(false),
                Some(Address::Ip(address)) => {
                    let address = address.to_canonical();
                    let next = ranges.partition_point(|range| range.ends_before(address));
                    let inside = ranges.get(next).is_some_and(|range| range.contains(address));
                    if !inside && *unread {
                        return Err("some of the named location's ranges could not be read");
                    }
                    Ok(inside)
                }
            },
            MadeOf::Countries { codes, odd, unmapped, gps } => {
                let country = if *gps { &from.gps_country } else { &from.country };
                match country {
                    None if *gps => Err("the country that GPS tells is not specified"),
                    None => Err("the country of the address is not specified"),
                    Some(Country::Unmapped) => Ok(*unmapped),
                    Some(Country::Code(code)) => match codes.binary_search(code) {
                        Ok(_) if is_country(code) => Ok(true),
                        Ok(_) => Err(
                            "whether Entra takes an address for being in a country that ISO 3166-1 lacks is not documented",
                        ),
                        Err(_) if *odd => Err("the named location lists a country by a code that ISO 3166-1 lacks"),
                        Err(_) => Ok(false),
                    },
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn from(ip: &str) -> Whereabouts {
        Whereabouts { address: Some(Address::Ip(ip.parse().unwrap())), ..Whereabouts::default() }
    }

    #[test]
    fn overlapping_ranges_of_both_families() {
        let ranges = ["10.0.0.0/8", "10.1.0.0/16", "192.0.2.1-192.0.2.9", "2001:db8::/32"].map(str::to_owned).into();
        let location = Location::of(&Ok(Network::Ip { ranges, trusted: false }));
        for (ip, inside) in [
            ("10.200.0.1", true),
            ("192.0.2.9", true),
            ("192.0.2.10", false),
            ("9.255.255.255", false),
            ("2001:db8::1", true),
            ("2001:db9::1", false),
            ("::ffff:10.0.0.1", true),
        ] {
            assert_eq!(location.holds(&from(ip)), Ok(inside), "{ip}");
        }
        assert!(location.holds(&Whereabouts::default()).is_err());
    }

    /// CA-6.8, CA-6.9.
    #[test]
    fn an_address_without_a_country() {
        for unmapped in [false, true] {
            let countries = vec!["US".to_owned()];
            let location = Location::of(&Ok(Network::Country { countries, include_unknown: unmapped, gps: false }));
            let at = |text: &str| Whereabouts { country: Country::read(text), ..Whereabouts::default() };
            assert_eq!(location.holds(&at("us")), Ok(true));
            assert_eq!(location.holds(&at("DE")), Ok(false));
            assert_eq!(location.holds(&at("unmapped")), Ok(unmapped));
        }
    }

    /// CA-6.17.
    #[test]
    fn a_country_that_is_none() {
        let countries = vec!["RS".to_owned(), "XK".to_owned()];
        let location = Location::of(&Ok(Network::Country { countries, include_unknown: false, gps: false }));
        let at = |text: &str| Whereabouts { country: Country::read(text), ..Whereabouts::default() };
        assert_eq!(location.holds(&at("RS")), Ok(true));
        assert_eq!(location.holds(&at("US")), Ok(false));
        assert!(location.holds(&at("xk")).is_err());
        let countries = vec!["DE".to_owned(), "UK".to_owned()];
        let location = Location::of(&Ok(Network::Country { countries, include_unknown: false, gps: false }));
        assert_eq!(location.holds(&at("DE")), Ok(true));
        assert_eq!(location.holds(&at("unmapped")), Ok(false));
        for perhaps in ["GB", "UK", "US"] {
            assert!(location.holds(&at(perhaps)).is_err(), "{perhaps}");
        }
        assert_eq!(COUNTRIES.split_whitespace().count(), 249);
    }
}
