//! WL-16: reads what the words of a log claim to have been done: a number beside a word for what is counted, in Chinese and in English.
//!
//! The reader is modest. It reads clause by clause, leaves out plans, other days, sums over longer times and what was not done, and takes a
//! number only where its neighbours leave no doubt: no dates, times, prices, ranges or names with numbers in them.

use super::evidence::Counted;
use super::lexicon::{ELSEWHERE, GAP, GAP_WORDS, HOURS, KEYWORDS, plain};

/// The words of a log that tell what was done; plans, problems and suggestions do not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Words<'a> {
    /// What was done.
    pub items: &'a str,
    /// How far it came.
    pub progress: Option<&'a str>,
    /// What came out.
    pub results: Option<&'a str>,
}

/// A claim found in the words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Claimed {
    pub(super) what: Counted,
    pub(super) said: u32,
    /// The clause it stands in.
    pub(super) words: String,
}

impl Words<'_> {
    /// Every claim, in the order of the words.
    pub(super) fn claims(&self) -> Vec<Claimed> {
        let texts = [Some(self.items), self.progress, self.results];
        texts
            .into_iter()
            .flatten()
            .flat_map(|text| clauses(text).into_iter().flat_map(|clause| clause.claims()))
            .collect()
    }
}

/// A clause: its characters as written, and as they are compared, one for one.
pub(super) struct Clause {
    written: Vec<char>,
    pub(super) plain: Vec<char>,
}

/// A word for what is counted.
#[derive(Debug, Clone, Copy)]
struct Keyword {
    start: usize,
    end: usize,
    what: Counted,
}

fn clauses(text: &str) -> Vec<Clause> {
    let written: Vec<char> = text.chars().collect();
    let ends = |at: usize| {
        let digit = |at: Option<usize>| at.and_then(|at| written.get(at)).is_some_and(char::is_ascii_digit);
        match written[at] {
            // 1,200 and 1.5, as long as they are written narrow
            ',' | '.' => !(digit(at.checked_sub(1)) && digit(Some(at + 1))),
            c => matches!(c, '，' | '。' | '、' | '；' | '！' | '？' | ';' | '!' | '?' | '|' | '．') || c.is_control(),
        }
    };
    let mut clauses = Vec::new();
    let mut start = 0;
    for at in 0..=written.len() {
        if at == written.len() || ends(at) {
            let part = &written[start..at];
            clauses.push(Clause { written: part.to_vec(), plain: part.iter().map(|c| plain(*c)).collect() });
            start = at + 1;
        }
    }
    clauses
}

impl Clause {
    fn claims(&self) -> Vec<Claimed> {
        let text: String = self.plain.iter().collect();
        if ELSEWHERE.iter().any(|word| text.contains(word)) {
            return Vec::new();
        }
        let (numbers, keywords) = (self.numbers(), self.keywords());
        let mut used = vec![false; keywords.len()];
        let mut claims = Vec::new();
        for (index, number) in numbers.iter().enumerate() {
            let what = if self.hours_at(number.end) {
                Some(Counted::Hours)
            } else {
                let from = index.checked_sub(1).map_or(0, |before| numbers[before].end);
                let until = numbers.get(index + 1).map_or(self.plain.len(), |next| next.start);
                let before = (0..keywords.len()).rev().find(|&at| {
                    let word = keywords[at];
                    !used[at] && word.start >= from && word.end <= number.start && self.is_near(word.end, number.start)
                });
                let behind = (0..keywords.len()).find(|&at| {
                    let word = keywords[at];
                    !used[at] && word.start >= number.end && word.end <= until && self.is_near(number.end, word.start)
                });
                before.or(behind).map(|at| {
                    used[at] = true;
                    keywords[at].what
                })
            };
            claims.extend(what.map(|what| Claimed { what, said: number.value, words: self.shown() }));
        }
        claims
    }

    /// The clause as written.
    fn shown(&self) -> String {
        self.written.iter().collect::<String>().trim().to_owned()
    }

    pub(super) fn begins(&self, at: usize, word: &str) -> bool {
        let mut rest = self.plain.get(at..).unwrap_or_default().iter();
        word.chars().all(|c| rest.next() == Some(&c))
    }

    /// Whether a word stands there by itself; Chinese knows no gaps between words.
    pub(super) fn has_word(&self, at: usize, word: &str) -> bool {
        let letter = |at: Option<usize>| at.and_then(|at| self.plain.get(at)).is_some_and(char::is_ascii_alphabetic);
        let ascii = word.is_ascii();
        self.begins(at, word) && !(ascii && (letter(at.checked_sub(1)) || letter(Some(at + word.chars().count()))))
    }

    fn keywords(&self) -> Vec<Keyword> {
        let mut found = Vec::new();
        let mut at = 0;
        while at < self.plain.len() {
            let word = KEYWORDS.iter().find(|(word, _)| self.has_word(at, word));
            let Some((word, what)) = word else {
                at += 1;
                continue;
            };
            let end = at + word.chars().count();
            found.push(Keyword { start: at, end, what: *what });
            at = end;
        }
        found
    }

    fn hours_at(&self, at: usize) -> bool {
        let at = at + self.spaces(at);
        let back = at.saturating_sub(1);
        // 个 was taken for the measure
        HOURS.iter().any(|word| self.has_word(at, word) || (word.starts_with('个') && self.begins(back, word)))
    }

    pub(super) fn spaces(&self, at: usize) -> usize {
        self.plain.get(at..).unwrap_or_default().iter().take_while(|c| **c == ' ').count()
    }

    fn is_near(&self, from: usize, to: usize) -> bool {
        let gap: String = self.plain.get(from..to).unwrap_or_default().iter().collect();
        let words = gap.split(|c: char| !c.is_ascii_alphabetic()).filter(|word| !word.is_empty()).count();
        let others = gap.chars().filter(|c| !c.is_ascii_alphabetic() && *c != ' ').count();
        words <= GAP_WORDS && others <= GAP
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn claims(text: &str) -> Vec<(Counted, u32)> {
        let words = Words { items: text, progress: None, results: None };
        words.claims().into_iter().map(|claim| (claim.what, claim.said)).collect()
    }

    #[test]
    fn wl_16_a_number_beside_its_word_is_a_claim_in_chinese() {
        use Counted::{Arrivals, Bookings, Brought, Contacts, Flyers, Hours, Interested, Leads, Visits};
        let rows: &[(&str, &[(Counted, u32)])] = &[
            ("拜访 5 家", &[(Visits, 5)]),
            ("拜访５家门店", &[(Visits, 5)]),
            ("上午拜访了五家门店", &[(Visits, 5)]),
            ("走访门店十二家", &[(Visits, 12)]),
            ("陌拜商铺两家", &[(Visits, 2)]),
            ("五家门店拜访", &[(Visits, 5)]),
            ("拜访门店5家报备3组", &[(Visits, 5), (Bookings, 3)]),
            ("5家拜访3组报备", &[(Visits, 5), (Bookings, 3)]),
            ("拜访：5家，发传单200张、接触30人", &[(Visits, 5), (Flyers, 200), (Contacts, 30)]),
            ("派单 1,200 张", &[(Flyers, 1_200)]),
            ("发宣传单一百二十份；意向客户三组", &[(Flyers, 120), (Interested, 3)]),
            ("发单页二百五张", &[(Flyers, 250)]),
            ("发单页一千零二张", &[(Flyers, 1_002)]),
            ("留电十多组", &[(Leads, 10)]),
            ("带访2组。到访 1 组", &[(Brought, 2), (Arrivals, 1)]),
            ("新增线索4条", &[(Leads, 4)]),
            ("工作8小时，外勤九个小时", &[(Hours, 8), (Hours, 9)]),
        ];
        for (text, expected) in rows {
            assert_eq!(claims(text), *expected, "{text}");
        }
    }

    #[test]
    fn wl_16_a_number_beside_its_word_is_a_claim_in_english() {
        use Counted::{Arrivals, Bookings, Flyers, Hours, Leads, Visits};
        let rows: &[(&str, &[(Counted, u32)])] = &[
            ("5 visits", &[(Visits, 5)]),
            ("Visited about 5 outlets", &[(Visits, 5)]),
            ("five outlet visits, two new leads", &[(Visits, 5), (Leads, 2)]),
            ("handed out 1,200 flyers; 3 bookings and 1 arrival", &[(Flyers, 1_200), (Bookings, 3), (Arrivals, 1)]),
            ("worked 9 hours", &[(Hours, 9)]),
        ];
        for (text, expected) in rows {
            assert_eq!(claims(text), *expected, "{text}");
        }
    }

    #[test]
    fn wl_16_what_is_no_deed_of_the_day_is_no_claim() {
        let rows = [
            "明天计划拜访 5 家",
            "本月累计拜访 50 家",
            "未拜访 3 家",
            "plan to visit 5 outlets",
            "拜访第5家门店",
            "11月23日拜访客户",
            "9:30拜访",
            "拜访9点开始",
            "拜访3-5家",
            "拜访三四家",
            "拜访5号楼",
            "拜访A5栋",
            "致电 138****5678 拜访",
            "一直拜访，一起派单",
            "拜访万科",
            "意向率 5%",
            "预算 300 万的意向客户",
            "三个小区",
            "3 家愿意放资料",
            "",
        ];
        for text in rows {
            assert_eq!(claims(text), [], "{text}");
        }
    }

    #[test]
    fn wl_16_a_claim_quotes_its_clause() {
        let words =
            Words { items: "早会。 拜访５家门店 ，回", progress: None, results: Some("留电 2 组") };
        let quoted: Vec<String> = words.claims().into_iter().map(|claim| claim.words).collect();
        assert_eq!(quoted, ["拜访５家门店", "留电 2 组"]);
    }
}
