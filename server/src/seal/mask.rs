//! Masks phone numbers inside texts, before they reach a record, feed, list, log or export (DP-2, BK-5).
//!
//! A text is cut into groups of digits. Neighbouring groups that are parted by separators only are read together,
//! the longest reading first, and what reads as a phone number is replaced by its mask. Without an international
//! prefix only numbers of a form in use count, so that dates, prices, ids, hashes and short numbers stay. Where a
//! text can be read both ways it is masked.

use std::borrow::Cow;

use super::phone::{MAX_DIGITS, PhoneNumber, Region, digit, is_mainland_mobile, is_plus, is_separator};

/// Fewer digits than any number that is masked.
const MIN_DIGITS: usize = 7;
/// Separators between two groups of one number.
const MAX_GAP: usize = 3;
/// Letters and digits in a row from which on they are taken for an id; hex digits only, and any.
const HEX_ID: usize = 16;
const ANY_ID: usize = 24;

/// `text` with every phone number in it masked; numbers without a country code are read as ones of `region` or as
/// mainland mobiles. Masking again changes nothing.
pub fn mask_numbers_in(text: &str, region: Region) -> Cow<'_, str> {
    if has_few_digits(text) {
        return Cow::Borrowed(text);
    }
    let scan = Scan::of(text, region);
    let mut masked = String::new();
    let (mut copied, mut at) = (0, 0);
    while at < scan.groups.len() {
        if let Some((last, phone)) = scan.number_from(at) {
            let (start, end) = scan.span(at, last);
            masked.push_str(&text[copied..start]);
            masked.push_str(&phone.masked());
            (copied, at) = (end, last + 1);
        } else {
            at += 1;
        }
    }
    if copied == 0 {
        return Cow::Borrowed(text);
    }
    masked.push_str(&text[copied..]);
    Cow::Owned(masked)
}

/// A quick look, without deciding which characters are digits: most texts end here.
fn has_few_digits(text: &str) -> bool {
    text.chars()
        .filter(|ch| ch.is_ascii_digit() || (!ch.is_ascii() && digit(*ch).is_some()))
        .nth(MIN_DIGITS - 1)
        .is_none()
}

/// Digits in a row.
struct Group {
    /// Byte range in the text.
    start: usize,
    end: usize,
    /// Where its digits start in `Scan::digits`.
    digits: usize,
    len: usize,
    /// Where a plus before it stands.
    plus: Option<usize>,
    /// Whether it may be read together with the group before: only separators between, and not too many.
    joins: bool,
    /// Whether it is part of a hash, a UUID or another long id.
    in_id: bool,
}

struct Scan<'t> {
    text: &'t str,
    region: Region,
    /// All digits of the text, as ASCII.
    digits: String,
    groups: Vec<Group>,
}

impl<'t> Scan<'t> {
    fn of(text: &'t str, region: Region) -> Self {
        let mut scan = Scan { text, region, digits: String::new(), groups: Vec::new() };
        let (mut gap, mut plus, mut in_group) = (usize::MAX, None, false);
        for (at, ch) in text.char_indices() {
            if let Some(digit) = digit(ch) {
                if !in_group {
                    let joins = gap <= MAX_GAP && plus.is_none();
                    scan.groups.push(Group {
                        start: at,
                        end: at,
                        digits: scan.digits.len(),
                        len: 0,
                        plus,
                        joins,
                        in_id: false,
                    });
                }
                scan.digits.push(digit);
                if let Some(group) = scan.groups.last_mut() {
                    (group.end, group.len) = (at + ch.len_utf8(), group.len + 1);
                }
                (in_group, gap, plus) = (true, 0, None);
                continue;
            }
            in_group = false;
            if is_plus(ch) {
                plus = Some(at);
            } else if is_separator(ch) {
                gap = gap.saturating_add(1);
            } else {
                (gap, plus) = (usize::MAX, None);
            }
        }
        scan.find_ids();
        scan
    }

    fn find_ids(&mut self) {
        let mut at = 0;
        for token in self.text.split_inclusive(|ch: char| !ch.is_ascii_alphanumeric() && ch != '-') {
            let name = token.trim_end_matches(|ch: char| !ch.is_ascii_alphanumeric() && ch != '-');
            if uuid::Uuid::try_parse(name).is_ok() {
                self.mark_id(at, name.len());
            } else {
                let mut start = at;
                for word in name.split('-') {
                    if is_long_id(word) {
                        self.mark_id(start, word.len());
                    }
                    start += word.len() + 1;
                }
            }
            at += token.len();
        }
    }

    fn mark_id(&mut self, start: usize, len: usize) {
        let first = self.groups.partition_point(|group| group.start < start);
        let inside = self.groups[first..].iter_mut().take_while(|group| group.start < start + len);
        inside.for_each(|group| group.in_id = true);
    }

    /// The number that starts with group `first`, read as far as it goes, and its last group.
    fn number_from(&self, first: usize) -> Option<(usize, PhoneNumber)> {
        // what follows the asterisks of a mask was shown on purpose
        if self.text[..self.groups[first].start].ends_with('*') {
            return None;
        }
        let mut last = first;
        let mut len = self.groups[first].len;
        let goes_on = |next: &&Group, len| next.joins && len + next.len <= MAX_DIGITS && !self.begins_a_mask(next);
        while let Some(next) = self.groups.get(last + 1).filter(|next| goes_on(next, len)) {
            last += 1;
            len += next.len;
        }
        (first..=last).rev().find_map(|last| Some((last, self.read(first, last)?)))
    }

    /// Whether the digits are those a mask shows before its asterisks: they go on behind them, not with what stands before.
    fn begins_a_mask(&self, group: &Group) -> bool {
        let hidden = self.text[group.end..].strip_prefix("****");
        group.len <= 3 && hidden.is_some_and(|shown| shown.starts_with(|ch: char| ch.is_ascii_digit()))
    }

    fn read(&self, first: usize, last: usize) -> Option<PhoneNumber> {
        let groups = &self.groups[first..=last];
        let (start, end) = (&groups[0], &groups[groups.len() - 1]);
        let digits = &self.digits[start.digits..end.digits + end.len];
        if digits.len() < MIN_DIGITS || digits.len() > MAX_DIGITS {
            return None;
        }
        if groups.iter().any(|group| group.in_id) {
            return None;
        }
        if start.plus.is_some() {
            return PhoneNumber::from_folded(&format!("+{digits}"), None).ok();
        }
        let local = digits.strip_prefix("0086").or_else(|| digits.strip_prefix("86")).unwrap_or(digits);
        if is_mainland_mobile(local) {
            let readable = if self.touches_letters(start, end) {
                groups.len() == 1
            } else {
                is_grouped_like_a_mobile(&groups[prefix_groups(groups, digits.len() - local.len())..])
                    && !self.follows("0.", start)
            };
            return readable.then(|| PhoneNumber::from_folded(&format!("+86{local}"), None).ok()).flatten();
        }
        if self.touches_letters(start, end)
            || self.is_a_fraction(start)
            || (groups.len() > 1 && groups.iter().any(|group| group.len < 3))
            || !self.is_written_in_full(digits)
        {
            return None;
        }
        PhoneNumber::from_folded(digits, Some(self.region)).ok().filter(PhoneNumber::is_valid)
    }

    /// Whether the digits have the length and the beginning of a number dialled in full, trunk or international
    /// prefix included. Mainland numbers without their area code cannot be told from amounts.
    fn is_written_in_full(&self, digits: &str) -> bool {
        if self.region != Region::CN {
            return !is_date(digits);
        }
        match digits.len() {
            10 => ["0", "400", "800"].iter().any(|prefix| digits.starts_with(prefix)),
            11..=17 => digits.starts_with('0'),
            _ => false,
        }
    }

    fn touches_letters(&self, start: &Group, end: &Group) -> bool {
        let before = self.text[..start.start].strip_suffix(|ch: char| ch.is_ascii_alphabetic());
        // a line break that was written as \n is no letter
        before.is_some_and(|before| !before.ends_with('\\'))
            || self.text[end.end..].starts_with(|ch: char| ch.is_ascii_alphabetic())
    }

    fn follows(&self, prefix: &str, group: &Group) -> bool {
        self.text[..group.start]
            .strip_suffix(prefix)
            .is_some_and(|before| !before.ends_with(|ch: char| ch.is_ascii_digit()))
    }

    fn is_a_fraction(&self, group: &Group) -> bool {
        self.text[..group.start]
            .strip_suffix('.')
            .is_some_and(|before| before.ends_with(|ch: char| ch.is_ascii_digit()))
    }

    /// The bytes that a number's mask replaces: with its plus, and with a bracket that opens before it and closes inside.
    fn span(&self, first: usize, last: usize) -> (usize, usize) {
        let (start, end) = (self.groups[first].plus.unwrap_or(self.groups[first].start), self.groups[last].end);
        let opening = self.text[..start].chars().next_back().filter(|ch| matches!(ch, '(' | '（' | '['));
        let inside = &self.text[start..end];
        match opening {
            Some(ch) if inside.contains([')', '）', ']']) && !inside.contains(ch) => (start - ch.len_utf8(), end),
            _ => (start, end),
        }
    }
}

/// Whether letters and digits in a row are too long for a name with a number in it.
fn is_long_id(word: &str) -> bool {
    word.len() >= HEX_ID
        && word.bytes().any(|byte| byte.is_ascii_alphabetic())
        && (word.len() >= ANY_ID || word.bytes().all(|byte| byte.is_ascii_hexdigit()))
}

/// Whether the digits are a year, a month and a day.
fn is_date(digits: &str) -> bool {
    let within =
        |part: &str, range: std::ops::RangeInclusive<u8>| part.parse().is_ok_and(|number| range.contains(&number));
    digits.len() == 8
        && (digits.starts_with("19") || digits.starts_with("20"))
        && within(&digits[4..6], 1..=12)
        && within(&digits[6..], 1..=31)
}

/// How many groups a written country code takes for itself: `86 138 …` but not `86138 …`.
fn prefix_groups(groups: &[Group], prefix_len: usize) -> usize {
    usize::from(prefix_len > 0 && groups[0].len == prefix_len)
}

/// Eleven digits in one piece, in pieces as people speak them (3-4-4, 3-8, 7-4, 1-3-3-4), or spelled out one by one;
/// not a row of small amounts.
fn is_grouped_like_a_mobile(groups: &[Group]) -> bool {
    let rest_at_least = |len| groups.iter().skip(1).all(|group| group.len >= len);
    groups.iter().all(|group| group.len == 1) || ((groups[0].len >= 3 || groups[0].len == 1) && rest_at_least(3))
}

#[cfg(test)]
mod tests;
