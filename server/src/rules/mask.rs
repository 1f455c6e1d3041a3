//! BK-5: masked phone numbers, the only ones a shared feed ever shows.

use std::fmt;
use std::str::FromStr;

/// A masked number: `138****5678` for a mainland mobile, `+852 51****67` for others.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Mask {
    /// First three and last four digits of a mainland mobile.
    Mainland {
        /// The first three digits.
        head: String,
        /// The last four digits.
        tail: String,
    },
    /// Country code, first two and last two digits of any other number.
    Other {
        /// The country calling code, without the plus.
        country: String,
        /// The first two digits after it.
        head: String,
        /// The last two digits.
        tail: String,
    },
}

/// A text that is no masked number (BK-5).
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "write the first 3 digits, ****, and the last 4; for numbers abroad +<country> , the first 2, ****, and the last 2"
)]
pub struct NotMasked;

impl Mask {
    /// Whether a full number in E.164 (`+8613812345678`) can be the masked one.
    pub fn fits(&self, e164: &str) -> bool {
        let (prefix, head, tail) = match self {
            Self::Mainland { head, tail } => ("86", head, tail),
            Self::Other { country, head, tail } => (country.as_str(), head, tail),
        };
        let Some(national) = e164.strip_prefix('+').and_then(|digits| digits.strip_prefix(prefix)) else {
            return false;
        };
        let long_enough = match self {
            Self::Mainland { .. } => national.len() == 11,
            Self::Other { .. } => national.len() >= 4,
        };
        long_enough && digits(national) && national.starts_with(head.as_str()) && national.ends_with(tail.as_str())
    }
}

impl FromStr for Mask {
    type Err = NotMasked;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (country, rest) = match text.strip_prefix('+') {
            Some(abroad) => abroad.split_once(' ').map(|(country, rest)| (Some(country), rest)).ok_or(NotMasked)?,
            None => (None, text),
        };
        let (head, tail) = rest.split_once("****").ok_or(NotMasked)?;
        if !digits(head) || !digits(tail) {
            return Err(NotMasked);
        }
        let (head, tail) = (head.to_owned(), tail.to_owned());
        match country {
            None if head.len() == 3 && tail.len() == 4 && head.starts_with('1') => Ok(Self::Mainland { head, tail }),
            Some(country)
                if head.len() == 2 && tail.len() == 2 && (1..=3).contains(&country.len()) && digits(country) =>
            {
                Ok(Self::Other { country: country.to_owned(), head, tail })
            }
            _ => Err(NotMasked),
        }
    }
}

fn digits(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_digit())
}

impl fmt::Display for Mask {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Mainland { head, tail } => write!(f, "{head}****{tail}"),
            Self::Other { country, head, tail } => write!(f, "+{country} {head}****{tail}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bk_5_a_mask_shows_the_first_and_the_last_digits_only() {
        for text in ["138****5678", "+852 51****67", "+1 21****99", "+86 28****10"] {
            assert_eq!(text.parse::<Mask>().map(|mask| mask.to_string()).as_deref(), Ok(text));
        }
        let refused = [
            "13812345678",
            "+8613812345678",
            "138***5678",
            "138*****5678",
            "1381****5678",
            "138****678",
            "238****5678",
            "138****56a8",
            "+852 5123****67",
            "+85251****67",
            "+ 51****67",
            "+8521 51****67",
            "１３８****5678",
            "138**** 5678",
            "****",
            "",
        ];
        for text in refused {
            assert_eq!(text.parse::<Mask>(), Err(NotMasked), "{text}");
        }
    }

    #[test]
    fn bk_5_a_mask_fits_numbers_with_its_digits() {
        let rows = [
            ("138****5678", "+8613812345678", true),
            ("138****5678", "+8613899995678", true),
            ("138****5678", "+8613812345679", false),
            ("138****5678", "+8613912345678", false),
            ("138****5678", "+85213812345678", false),
            ("138****5678", "+861385678", false),
            ("138****5678", "13812345678", false),
            ("+852 51****67", "+85251234567", true),
            ("+852 51****67", "+85252234567", false),
            ("+852 51****67", "+853512345667", false),
            ("+852 51****67", "+852517", false),
        ];
        for (mask, full, expected) in rows {
            assert_eq!(mask.parse::<Mask>().unwrap().fits(full), expected, "{mask} / {full}");
        }
    }
}
