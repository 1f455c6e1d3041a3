//! Codes that log in once: read aloud by a lead and typed on a phone, so digits alone.

use zeroize::Zeroizing;

use crate::random::Random;

/// 40 bits: enough for a code that lasts a day and whose tries are counted.
const DIGITS: usize = 12;
const GROUP: usize = 4;
/// A code lasts a day: long enough to reach somebody in the field, in ms.
pub(super) const LIFE_MS: i64 = 24 * 60 * 60 * 1_000;

/// A new code, such as `4821-7730-9156`.
pub(super) fn generate(random: &Random) -> Zeroizing<String> {
    let mut code = Zeroizing::new(String::with_capacity(DIGITS + DIGITS / GROUP));
    for place in 0..DIGITS {
        if place > 0 && place % GROUP == 0 {
            code.push('-');
        }
        code.push(char::from(b"0123456789"[usize::try_from(random.below(10)).unwrap_or(0)]));
    }
    code
}

/// The code somebody typed, as it was generated; `None` when it has not the form of one.
pub(super) fn normalise(typed: &str) -> Option<Zeroizing<String>> {
    let mut code = Zeroizing::new(String::with_capacity(DIGITS + DIGITS / GROUP));
    let mut places = 0;
    for symbol in typed.trim().chars().filter(|symbol| !matches!(symbol, '-' | ' ')) {
        if !symbol.is_ascii_digit() || places == DIGITS {
            return None;
        }
        if places > 0 && places % GROUP == 0 {
            code.push('-');
        }
        code.push(symbol);
        places += 1;
    }
    (places == DIGITS).then_some(code)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_understood_as_people_type_it() {
        let code = generate(&Random::seeded(1));
        assert_eq!(code.len(), 14);
        assert_eq!(normalise(&code), Some(code.clone()));
        assert_eq!(normalise(&format!(" {} ", code.replace('-', " "))), Some(code.clone()));
        assert_eq!(normalise(&code.replace('-', "")), Some(code));
    }

    #[test]
    fn a_password_is_no_code() {
        for password in
            ["", "4821-7730", "4821-7730-9156-1", "4821-7730-915x", "correct horse", "１２３４５６７８９０１２"]
        {
            assert_eq!(normalise(password), None, "{password}");
        }
    }
}
