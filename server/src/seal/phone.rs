//! Phone numbers: normalised to E.164, shown masked (BK-5, DP-2).

use std::fmt;

use rlibphonenumber::{
    NumberLengthType, PHONE_NUMBER_UTIL, PhoneNumberFormat, get_national_significant_number_owned as national_digits,
};
use zeroize::{Zeroize, ZeroizeOnDrop};

pub use rlibphonenumber::Region;

/// Digits that a written number may have, an international prefix included: anything longer is not looked at.
pub(super) const MAX_DIGITS: usize = 17;

/// A full phone number. It prints as its mask; whoever needs the number asks for [`e164`](PhoneNumber::e164).
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Zeroize, ZeroizeOnDrop)]
pub struct PhoneNumber {
    e164: String,
    /// Length of the country code in `e164`, after the plus.
    country_len: usize,
}

/// Why a text is not a phone number. It does not repeat the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PhoneError {
    /// It contains something else than digits, a leading plus and separators.
    #[error("this is not a phone number")]
    NotANumber,
    /// No phone number has that many digits in its country.
    #[error("a phone number of this country has more or fewer digits")]
    NotPossible,
}

impl PhoneNumber {
    /// The number a person wrote. Full-width digits, spaces, hyphens, brackets and `0086` are accepted; without a
    /// country code it is one of `default_region`. A *possible* number is enough, it need not be in use.
    ///
    /// # Errors
    /// [`PhoneError`].
    pub fn parse(text: &str, default_region: Region) -> Result<Self, PhoneError> {
        let folded = fold(text)?;
        match folded.strip_prefix("0086") {
            Some(mainland) => Self::from_folded(&format!("+86{mainland}"), None),
            None => Self::from_folded(&folded, Some(default_region)),
        }
    }

    /// The number a stored E.164 text holds.
    ///
    /// # Errors
    /// [`PhoneError`] when the text is not E.164.
    pub fn from_e164(text: &str) -> Result<Self, PhoneError> {
        Self::from_folded(text, None).and_then(
            |phone| {
                if phone.e164 == text { Ok(phone) } else { Err(PhoneError::NotANumber) }
            },
        )
    }

    /// `folded` is an optional plus and ASCII digits.
    pub(super) fn from_folded(folded: &str, default_region: Option<Region>) -> Result<Self, PhoneError> {
        let phone = Self::normalised(folded, default_region)?;
        // one person, one key: a form whose E.164 text means another number again (`+64 0…`) would be found under two
        if phone.e164 != folded && Self::normalised(&phone.e164, None)? != phone {
            return Err(PhoneError::NotPossible);
        }
        Ok(phone)
    }

    fn normalised(folded: &str, default_region: Option<Region>) -> Result<Self, PhoneError> {
        let parsed = PHONE_NUMBER_UTIL.parse(folded, default_region).map_err(|_| PhoneError::NotPossible)?;
        match PHONE_NUMBER_UTIL.is_possible_number_with_reason(&parsed) {
            Ok(NumberLengthType::IsPossible) => {}
            Ok(NumberLengthType::IsPossibleLocalOnly) | Err(_) => return Err(PhoneError::NotPossible),
        }
        let e164 = parsed.format_as(PhoneNumberFormat::E164).into_owned();
        let country_len = e164.len().saturating_sub(1 + national_digits(&parsed).len());
        Ok(Self { e164, country_len })
    }

    /// The full number, such as `+8613812345678`.
    pub fn e164(&self) -> &str {
        &self.e164
    }

    /// What everybody may see (BK-5): `138****5678` for a mainland mobile, `+852 91****67` for any other number.
    pub fn masked(&self) -> String {
        let (country, national) = self.e164[1..].split_at(self.country_len);
        if country == "86" && is_mainland_mobile(national) {
            return format!("{}****{}", &national[..3], &national[7..]);
        }
        // possible numbers have four digits and more; a shorter one would be hidden whole
        let (first, last) = match national.len() {
            0..4 => ("", ""),
            len => (&national[..2], &national[len - 2..]),
        };
        format!("+{country} {first}****{last}")
    }

    /// Whether the number is of a form in use in its country, which is more than possible.
    pub(super) fn is_valid(&self) -> bool {
        PHONE_NUMBER_UTIL.parse(&self.e164, None).is_ok_and(|parsed| PHONE_NUMBER_UTIL.is_valid_number(&parsed))
    }
}

impl fmt::Display for PhoneNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.masked())
    }
}

impl fmt::Debug for PhoneNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PhoneNumber({})", self.masked())
    }
}

/// Whether these digits are those of a mainland mobile: eleven, from 13 to 19.
pub(super) fn is_mainland_mobile(digits: &str) -> bool {
    digits.len() == 11 && matches!(digits.as_bytes(), [b'1', b'3'..=b'9', ..])
}

/// The text with ASCII digits and without separators; a plus may only come first.
fn fold(text: &str) -> Result<String, PhoneError> {
    let mut folded = String::with_capacity(MAX_DIGITS + 1);
    for ch in text.trim().chars() {
        if let Some(digit) = digit(ch) {
            folded.push(digit);
        } else if is_plus(ch) && folded.is_empty() {
            folded.push('+');
        } else if !is_separator(ch) {
            return Err(PhoneError::NotANumber);
        }
        if folded.len() > MAX_DIGITS + 1 {
            return Err(PhoneError::NotPossible);
        }
    }
    Ok(folded)
}

/// The ASCII digit that `ch` stands for: full-width, Arabic-Indic, Persian, circled and mathematical digits too.
pub(super) fn digit(ch: char) -> Option<char> {
    let zero = match ch {
        '0'..='9' => return Some(ch),
        '\u{ff10}'..='\u{ff19}' => 0xff10,
        '\u{0660}'..='\u{0669}' => 0x0660,
        '\u{06f0}'..='\u{06f9}' => 0x06f0,
        '\u{2460}'..='\u{2468}' => 0x2460 - 1,
        '\u{24ea}' => 0x24ea,
        '\u{1d7ce}'..='\u{1d7ff}' => return char::from_digit((u32::from(ch) - 0x1d7ce) % 10, 10),
        _ => return None,
    };
    char::from_digit(u32::from(ch) - zero, 10)
}

pub(super) fn is_plus(ch: char) -> bool {
    matches!(ch, '+' | '＋')
}

/// What people put between the digits of one number: blanks, invisible characters, dashes, dots, slashes, brackets.
pub(super) fn is_separator(ch: char) -> bool {
    matches!(
        ch,
        ' ' | '\u{a0}' | '\u{2000}'..='\u{200d}' | '\u{202f}' | '\u{2060}' | '\u{3000}' | '\u{feff}' | '\u{ad}'
            | '-' | '\u{2010}'..='\u{2015}' | '−' | '－' | '~' | '～' | '_' | '＿'
            | '.' | '．' | '·' | '•' | '・' | '/' | '／' | '(' | ')' | '（' | '）' | '[' | ']'
    )
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn numbers_are_normalised_to_e164_however_they_are_written() {
        for (text, region, expected) in [
            ("13812345678", Region::CN, "+8613812345678"),
            ("１３８１２３４５６７８", Region::CN, "+8613812345678"),
            (" 138 1234-5678 ", Region::CN, "+8613812345678"),
            ("138－1234－5678", Region::CN, "+8613812345678"),
            ("8613812345678", Region::CN, "+8613812345678"),
            ("008613812345678", Region::CN, "+8613812345678"),
            ("0086 138 1234 5678", Region::HK, "+8613812345678"),
            ("＋86（138）12345678", Region::HK, "+8613812345678"),
            ("(028) 8888 8888", Region::CN, "+862888888888"),
            ("+86 28 8888 8888", Region::CN, "+862888888888"),
            ("9123 4567", Region::HK, "+85291234567"),
            ("+852 9123 4567", Region::CN, "+85291234567"),
            ("+44 (0)20 7946 0958", Region::CN, "+442079460958"),
            ("1380000000", Region::CN, "+861380000000"), // possible is enough
        ] {
            assert_eq!(PhoneNumber::parse(text, region).unwrap().e164(), expected, "{text}");
        }
    }

    #[test]
    fn other_texts_are_no_numbers() {
        for (text, expected) in [
            ("", PhoneError::NotPossible),
            ("138", PhoneError::NotPossible),
            ("95588", PhoneError::NotPossible),
            ("138123456781381234567813812345678", PhoneError::NotPossible),
            ("+999 1234", PhoneError::NotPossible),
            ("138****5678", PhoneError::NotANumber),
            ("王女士", PhoneError::NotANumber),
            ("1-800-FLOWERS", PhoneError::NotANumber),
            ("13812345678,13912345678", PhoneError::NotANumber),
            ("138+12345678", PhoneError::NotANumber),
        ] {
            assert_eq!(PhoneNumber::parse(text, Region::CN), Err(expected), "{text}");
        }
    }

    #[test]
    fn bk_5_a_mask_shows_first_3_and_last_4_of_a_mainland_mobile_and_2_and_2_of_others() {
        for (text, expected) in [
            ("13812345678", "138****5678"),
            ("02888888866", "+86 28****66"),
            ("1380000012", "+86 13****12"),
            ("+852 9123 4567", "+852 91****67"),
            ("+1 415 555 2671", "+1 41****71"),
            ("+39 06 1234 5678", "+39 06****78"),
        ] {
            let phone = PhoneNumber::parse(text, Region::CN).unwrap();
            assert_eq!((phone.masked(), phone.to_string()), (expected.to_owned(), expected.to_owned()));
            assert_eq!(format!("{phone:?}"), format!("PhoneNumber({expected})"));
        }
    }

    #[test]
    fn only_e164_is_read_back_from_the_store() {
        assert_eq!(PhoneNumber::from_e164("+8613812345678").unwrap().masked(), "138****5678");
        for text in ["13812345678", "+86 13812345678", "", "+86"] {
            assert!(PhoneNumber::from_e164(text).is_err(), "{text}");
        }
    }

    proptest! {
        #[test]
        fn what_was_parsed_is_stable_and_never_printed(text in "[+＋]?[0-9０-９ ()-]{3,20}") {
            if let Ok(phone) = PhoneNumber::parse(&text, Region::CN) {
                prop_assert_eq!(&PhoneNumber::from_e164(phone.e164()).unwrap(), &phone);
                let (digits, printed) = (&phone.e164()[1..], format!("{phone} {phone:?}"));
                prop_assert!(!printed.contains(digits));
                prop_assert!(!printed.contains(&digits[phone.country_len..]));
            }
        }
    }
}
