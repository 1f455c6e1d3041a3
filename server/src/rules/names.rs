//! BK-5: when a booking's name is a customer's.

use unicode_normalization::UnicodeNormalization;

/// Forms of address that may follow a surname; longer ones before those they end with.
const ADDRESSES: &[&str] = &[
    "先生", "女士", "小姐", "太太", "夫人", "老师", "老師", "师傅", "師傅", "经理", "經理", "主任", "老板", "老闆",
    "医生", "醫生", "律师", "律師", "教授", "阿姨", "叔叔", "大姐", "大哥", "同学", "同學", "总", "總", "董", "工",
    "姐", "哥", "叔", "姨",
];

/// Surnames of two characters.
const COMPOUND_SURNAMES: &[&str] = &[
    "欧阳", "歐陽", "太史", "端木", "上官", "司马", "司馬", "东方", "東方", "独孤", "獨孤", "南宫", "南宮", "万俟",
    "闻人", "聞人", "夏侯", "诸葛", "諸葛", "尉迟", "尉遲", "公羊", "赫连", "赫連", "澹台", "澹臺", "皇甫", "宗政",
    "濮阳", "濮陽", "公冶", "太叔", "申屠", "公孙", "公孫", "慕容", "仲孙", "仲孫", "钟离", "鍾離", "长孙", "長孫",
    "宇文", "司徒", "鲜于", "鮮于", "司空", "闾丘", "令狐", "拓跋", "轩辕", "軒轅", "百里", "呼延", "东郭", "東郭",
    "南门", "南門", "西门", "西門", "左丘", "梁丘", "第五",
];

/// Whether two names are one customer's as far as names can tell: equal when folded, or one is a surname with a form of address
/// and the surnames are equal.
///
/// ```
/// use server::rules::names::fit;
/// assert!(fit("王女士", "王丽"));
/// assert!(!fit("王女士", "汪丽"));
/// ```
pub fn fit(one: &str, other: &str) -> bool {
    let (one, other) = (fold(one), fold(other));
    if one == other {
        return true;
    }
    let (one, other) = (Name::of(&one), Name::of(&other));
    one.bare == other.bare || ((one.only_surname || other.only_surname) && one.surname() == other.surname())
}

/// A name without what does not distinguish people: width, case, spaces, middle dots.
pub fn fold(name: &str) -> String {
    let dots = ['\u{b7}', '\u{30fb}', '\u{2022}', '\u{2027}', '\u{22c5}', '\u{387}'];
    name.nfkc().filter(|c| !c.is_whitespace() && !dots.contains(c)).flat_map(char::to_lowercase).collect()
}

/// A folded name taken apart.
struct Name<'a> {
    /// The name without its form of address.
    bare: &'a str,
    /// Nothing but a surname stands before the form of address.
    only_surname: bool,
}

impl<'a> Name<'a> {
    fn of(folded: &'a str) -> Self {
        let bare = ADDRESSES.iter().find_map(|address| folded.strip_suffix(address)).filter(|bare| !bare.is_empty());
        let only_surname = bare.is_some_and(|bare| bare.chars().count() == 1 || COMPOUND_SURNAMES.contains(&bare));
        // a given name may end like a form of address: only one that follows a surname, or a word of two characters, is one
        match bare {
            Some(bare) if only_surname || folded[bare.len()..].chars().count() > 1 => Self { bare, only_surname },
            _ => Self { bare: folded, only_surname: false },
        }
    }

    fn surname(&self) -> &'a str {
        let compound = COMPOUND_SURNAMES.iter().find(|surname| self.bare.starts_with(**surname));
        let length =
            compound.map_or_else(|| self.bare.chars().next().map_or(0, char::len_utf8), |surname| surname.len());
        &self.bare[..length]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bk_5_names_fit_when_folded_or_by_surname_and_address() {
        let rows = [
            ("王丽", "王丽", true),
            ("王 丽", "王丽", true),
            ("Ａnna Li", "anna LI", true),
            ("阿依·古丽", "阿依古丽", true),
            ("阿依・古丽", "阿依•古丽", true),
            ("王女士", "王丽", true),
            ("王丽", "王女士", true),
            ("王女士", "王小姐", true),
            ("王总", "王建国", true),
            ("王姐", "王 丽", true),
            ("王老师", "王丽", true),
            ("欧阳先生", "欧阳锋", true),
            ("司马老师", "司马光", true),
            ("王丽女士", "王丽", true),
            ("王丽女士", "王先生", true),
            ("女士", "女士", true),
            ("王女士", "汪丽", false),
            ("王女士", "李女士", false),
            ("王丽", "王芳", false),
            ("王丽女士", "王芳", false),
            ("欧先生", "欧阳锋", false),
            ("欧阳先生", "欧芳", false),
            ("司马女士", "司徒静", false),
            ("女士", "王丽", false),
            ("女士", "先生", false),
            ("", "王丽", false),
            ("张建工", "张建", false),
            ("anna", "andrea", false),
        ];
        for (one, other, expected) in rows {
            assert_eq!(fit(one, other), expected, "{one} / {other}");
            assert_eq!(fit(other, one), expected, "{other} / {one}");
        }
    }
}
