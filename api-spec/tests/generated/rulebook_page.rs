//! `rulebook.md`: the rules in two languages, with what the software says about each.

use std::fmt::Write as _;

use api_spec::messages::{FAMILIES, Rule, Sentence};

pub(crate) fn page() -> String {
    let mut page = String::from(
        "# The rulebook · 规则手册\n\n\
        Made from the table of rule messages in `src/messages`; not to be edited by hand.\n\
        本页由 `src/messages` 中的规则文案表生成，请勿手工修改。\n\n\
        A reason of a verdict names a rule and an answer (`yes`, `no`, `unclear`). Its message is the first sentence below whose answer fits,\n\
        whose case is one of the facts and whose `{facts}` are known, else the rule itself. Messages carry both languages, one line each: English, then 简体中文.\n\
        Policy keys are per project; their defaults are given.\n",
    );
    for family in &FAMILIES {
        write!(page, "\n## {}\n\n**{}**\n", family.title.en, family.title.zh).unwrap();
        for rule in family.rules {
            page.push_str(&section(rule));
        }
    }
    page
}

fn section(rule: &Rule) -> String {
    let mut section = format!(
        "\n### {} · {} · {}\n\n{}\n\n{}\n",
        rule.id, rule.title.en, rule.title.zh, rule.explanation.en, rule.explanation.zh
    );
    if !rule.policy.is_empty() {
        let keys: Vec<_> = rule.policy.iter().map(|(key, default)| format!("`{key}` {default}")).collect();
        write!(section, "\nPolicy · 参数: {}\n", keys.join(", ")).unwrap();
    }
    if !rule.sentences.is_empty() {
        section.push_str("\n| answer | case | English | 简体中文 |\n|---|---|---|---|\n");
        for Sentence { answer, case, text } in rule.sentences {
            let answer = answer.map_or_else(|| "any".to_owned(), |answer| answer.to_string());
            let case = case.map_or_else(String::new, |case| format!("`{case}`"));
            writeln!(section, "| {answer} | {case} | {} | {} |", text.en, text.zh).unwrap();
        }
    }
    section
}
