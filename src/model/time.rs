//! Points in time and lengths of time, in whole seconds.

use std::fmt;

const DAY: i64 = 86_400;
const EPOCH: jiff::civil::Date = jiff::civil::date(1970, 1, 1);

/// A point in time, whole seconds since 1970-01-01T00:00:00Z.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Time(pub i64);

impl Time {
    /// Reads Graph's timestamps (RFC 3339 with up to nine fraction digits), a bare date, and the `/Date(ms)/` of
    /// Windows PowerShell.
    #[must_use]
    pub fn read(text: &str) -> Option<Self> {
        if let Some(inner) = text.trim_matches(['\\', '/']).strip_prefix("Date(") {
            let digits = inner.strip_suffix(')')?;
            // An offset after the milliseconds (`+0200`) only says how to show them.
            let end = digits.rfind(['+', '-']).filter(|&at| at > 0).unwrap_or(digits.len());
            return digits.get(..end)?.parse::<i64>().ok().map(|ms| Self(ms.div_euclid(1000)));
        }
        if let Ok(timestamp) = text.parse::<jiff::Timestamp>() {
            return Some(Self(timestamp.as_second()));
        }
        Self::read_civil(text)
    }

    /// A bare date, and what lies beyond a [`jiff::Timestamp`], which leaves room for every offset: .NET and Graph write
    /// the last moment of the year 9999 for "never".
    fn read_civil(text: &str) -> Option<Self> {
        let pieces = jiff::fmt::temporal::Pieces::parse(text).ok()?;
        let offset = match (pieces.to_numeric_offset(), pieces.time()) {
            (Some(offset), Some(_)) => i64::from(offset.seconds()),
            (None, None) if text.len() == 10 => 0,
            _ => return None,
        };
        let of_day = pieces
            .time()
            .map_or(0, |time| i64::from(time.hour()) * 3600 + i64::from(time.minute()) * 60 + i64::from(time.second()));
        let days = EPOCH.until(pieces.date()).ok()?.get_days();
        Some(Self(i64::from(days) * DAY + of_day - offset))
    }

    /// Reads a date such as `2026-12-31`, as people write it: its first second in UTC.
    #[must_use]
    pub fn read_date(text: &str) -> Option<Self> {
        let plain = text.len() == 10 && text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-');
        plain.then(|| Self::read(text)).flatten()
    }

    /// Whole days from `earlier` until this, rounded down.
    #[must_use]
    pub fn days_since(self, earlier: Self) -> i64 {
        (self.0 - earlier.0).div_euclid(DAY)
    }
}

impl fmt::Display for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match jiff::Timestamp::from_second(self.0) {
            Ok(timestamp) => write!(f, "{timestamp}"),
            Err(_) => match EPOCH.at(0, 0, 0, 0).checked_add(jiff::SignedDuration::from_secs(self.0)) {
                Ok(civil) => write!(f, "{civil}Z"),
                Err(_) => write!(f, "{}", self.0),
            },
        }
    }
}

/// Reads an ISO 8601 duration as whole days, rounded up. A year counts 366 days and a month 31: the longest they can
/// be, so that a bound on days is never passed unseen.
#[must_use]
pub(crate) fn read_days(text: &str) -> Option<i64> {
    let span: jiff::Span = text.parse().ok()?;
    let days = i64::from(span.get_years()) * 366
        + i64::from(span.get_months()) * 31
        + i64::from(span.get_weeks()) * 7
        + i64::from(span.get_days());
    let seconds = i64::from(span.get_hours()) * 3600 + span.get_minutes() * 60 + span.get_seconds();
    Some(days + seconds.div_euclid(DAY) + i64::from(seconds.rem_euclid(DAY) > 0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn timestamps_in_every_spelling() {
        let expected = Some(Time(1_618_315_427));
        for text in [
            "2021-04-13T12:03:47Z",
            "2021-04-13T12:03:47.1234567Z",
            "2021-04-13T14:03:47+02:00",
            "/Date(1618315427741)/",
            "\\/Date(1618315427741)\\/",
        ] {
            assert_eq!(Time::read(text), expected, "{text}");
        }
        assert_eq!(Time::read("2021-04-13"), Some(Time(1_618_272_000)));
        assert_eq!(Time::read("yesterday"), None);
        assert_eq!(Time::read("2021-04-13T12:03:47"), None);
        assert_eq!(Time::read(""), None);
    }

    /// What .NET and Graph write for "never", in whatever precision and offset.
    #[test]
    fn the_last_day_of_9999_is_a_point_in_time() {
        for text in [
            "9999-12-31T23:59:59.9999999Z",
            "9999-12-31T23:59:59Z",
            "9999-12-31T23:59:59.9999999+00:00",
            "/Date(253402300799999)/",
        ] {
            let time = Time::read(text);
            assert_eq!(time, Some(Time(253_402_300_799)), "{text}");
            assert_eq!(time.unwrap().to_string(), "9999-12-31T23:59:59Z");
        }
        assert_eq!(Time::read("9999-12-31"), Some(Time(253_402_214_400)));
        assert_eq!(Time::read("9999-12-31T23:00:00-01:00"), Some(Time(253_402_300_800)));
        assert_eq!(Time::read("9999-12-31T25:00:00Z"), None);
    }

    #[test]
    fn durations_are_rounded_up() {
        for (text, days) in [
            ("P365D", Some(365)),
            ("PT8H", Some(1)),
            ("P1Y", Some(366)),
            ("P3M", Some(93)),
            ("PT0S", Some(0)),
            ("P1DT1S", Some(2)),
            ("90 days, 0:00:00", Some(90)),
            ("1 day, 0:00:01", Some(2)),
            ("0:00:00", Some(0)),
            ("8:00:00", Some(1)),
            ("soon", None),
        ] {
            assert_eq!(read_days(text), days, "{text}");
        }
    }
}
