//! WL-16: the numbers in a clause, with their measures.

use super::claims::Clause;
use super::lexicon::{AND_SOME, ENGLISH, HOURS, MEASURES, OTHER_UNITS, TOUCHING};

/// A number at some characters of a clause; `end` is behind its measure.
#[derive(Debug, Clone, Copy)]
pub(super) struct Number {
    pub(super) start: usize,
    pub(super) end: usize,
    pub(super) value: u32,
}

impl Clause {
    /// All of them, in order.
    pub(super) fn numbers(&self) -> Vec<Number> {
        let mut numbers = Vec::new();
        let mut at = 0;
        while at < self.plain.len() {
            let read = self.arabic(at).or_else(|| self.chinese(at)).or_else(|| self.english(at));
            at = read.map_or(at + 1, |(end, _)| end);
            numbers.extend(read.and_then(|(_, number)| number));
        }
        numbers
    }

    /// Digits: where they end, and the number, unless they are part of something else.
    fn arabic(&self, start: usize) -> Option<(usize, Option<Number>)> {
        let digits = |c: &&char| c.is_ascii_digit() || **c == ',';
        self.plain[start].is_ascii_digit().then_some(())?;
        let end = start + self.plain[start..].iter().take_while(digits).count();
        let text: String = self.plain[start..end].iter().filter(|c| c.is_ascii_digit()).collect();
        let before = start.checked_sub(1).map(|at| self.plain[at]);
        let behind = self.plain.get(end).copied();
        let touches = |c: char| c.is_ascii_alphabetic() || TOUCHING.contains(c);
        let digit = |at: Option<usize>| at.and_then(|at| self.plain.get(at)).is_some_and(char::is_ascii_digit);
        // a colon parts a word from its number, and the hours from the minutes
        let in_time =
            (before == Some(':') && digit(start.checked_sub(2))) || (behind == Some(':') && digit(Some(end + 1)));
        let apart = !in_time && !before.into_iter().chain(behind).any(touches);
        let value = text.parse().ok().filter(|_| apart);
        Some((end, value.and_then(|value| self.measured(start, end, value))))
    }

    /// Chinese numerals, which count only with a measure behind them: 一 is part of many words.
    fn chinese(&self, start: usize) -> Option<(usize, Option<Number>)> {
        let run: Vec<char> = self.plain[start..].iter().copied().take_while(|c| numeral(*c).is_some()).collect();
        if run.is_empty() {
            return None;
        }
        let end = start + run.len();
        let ordinal = start.checked_sub(1).is_some_and(|at| self.plain[at] == '第');
        let behind =
            end + self.plain.get(end..).unwrap_or_default().iter().take_while(|c| AND_SOME.contains(**c)).count();
        let is_measured = self.plain.get(behind).is_some_and(|c| MEASURES.contains(*c))
            || HOURS.iter().any(|word| self.begins(behind, word));
        let value = chinese_value(&run).filter(|_| is_measured && !ordinal);
        Some((end, value.and_then(|value| self.measured(start, end, value))))
    }

    fn english(&self, start: usize) -> Option<(usize, Option<Number>)> {
        let (word, value) = ENGLISH.iter().find(|(word, _)| self.has_word(start, word))?;
        let end = start + word.len();
        Some((end, self.measured(start, end, *value)))
    }

    /// The number with its measure, unless a unit of something else follows.
    fn measured(&self, start: usize, end: usize, value: u32) -> Option<Number> {
        let at = end + self.spaces(end);
        let rest = self.plain.get(at..).unwrap_or_default();
        let some = rest.iter().take_while(|c| AND_SOME.contains(**c)).count();
        let measure = usize::from(rest.get(some).is_some_and(|c| MEASURES.contains(*c)));
        let is_other = rest.get(some).is_some_and(|c| OTHER_UNITS.contains(*c));
        let end = if some + measure > 0 { at + some + measure } else { end };
        (!is_other).then_some(Number { start, end, value })
    }
}

/// A numeral: a digit, or a unit from ten on.
fn numeral(c: char) -> Option<u32> {
    Some(match c {
        '零' | '〇' => 0,
        '一' => 1,
        '二' | '两' => 2,
        '三' => 3,
        '四' => 4,
        '五' => 5,
        '六' => 6,
        '七' => 7,
        '八' => 8,
        '九' => 9,
        '十' => 10,
        '百' => 100,
        '千' => 1_000,
        _ => return None,
    })
}

/// The value of Chinese numerals; none for 三四, which is three or four.
fn chinese_value(run: &[char]) -> Option<u32> {
    let (mut total, mut digit, mut unit, mut zero) = (0_u32, None::<u32>, 0_u32, false);
    for c in run {
        match numeral(*c)? {
            0 => zero = true,
            value @ 10.. => {
                total = total.checked_add(digit.take().unwrap_or(1).checked_mul(value)?)?;
                (unit, zero) = (value, false);
            }
            _ if digit.is_some() => return None,
            value => digit = Some(value),
        }
    }
    // 一百二 is a hundred and twenty
    let place = if unit > 10 && !zero { unit / 10 } else { 1 };
    total.checked_add(digit.unwrap_or(0).checked_mul(place)?)
}
