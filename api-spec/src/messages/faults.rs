//! What is wrong with an op, in words. The English is sync-core's own, so that a phone says it offline with the same words.

use sync_core::{op::OpFault, value::ValueFault};

use crate::locale::Text;

/// What is wrong with an op, in both languages.
pub fn fault(fault: &OpFault) -> Text {
    let zh = match fault {
        OpFault::TooLarge => "超过 64 KiB".to_owned(),
        OpFault::Ambiguous(place) => format!("内容存在歧义（{place}）"),
        OpFault::Malformed(place) => format!("格式不正确（{place}）"),
        OpFault::Value { field, fault } => format!("{field}：{}", value(fault)),
        OpFault::Missing(field) => format!("缺少 {field}"),
        OpFault::Immutable(field) => format!("{field} 在创建后不可修改"),
        OpFault::ServerOwned(field) => format!("{field} 只能由服务器写入"),
        OpFault::WrongVerb(field) => format!("{field} 不支持此种修改方式"),
    };
    Text { en: fault.to_string().into(), zh: zh.into() }
}

fn value(fault: &ValueFault) -> String {
    match fault {
        ValueFault::Expected(form) => format!("格式不正确，应为 {form}"),
        ValueFault::Blank => "不能为空".to_owned(),
        ValueFault::TooLong(max) => format!("不得超过 {max} 个字符"),
        ValueFault::OutOfRange(min, max) => format!("须在 {min} 与 {max} 之间"),
        ValueFault::NotAChoice(choices) => format!("须为以下之一：{}", choices.join("、")),
        ValueFault::FullNumber => "此处不得填写完整号码，请脱敏为 138****5678".to_owned(),
        ValueFault::NotMasked => "不是脱敏号码：请写 138****5678，境外号码如 +852 91****78".to_owned(),
        ValueFault::TooMany(max) => format!("不得超过 {max} 项"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::problem::Code;

    #[test]
    fn every_fault_of_an_op_has_its_row_in_the_problem_table() {
        let text = || "name".to_owned();
        let value = |fault| OpFault::Value { field: text(), fault };
        for each in [
            OpFault::TooLarge,
            OpFault::Ambiguous(text()),
            OpFault::Malformed(text()),
            value(ValueFault::Expected("a text")),
            value(ValueFault::TooLong(64)),
            value(ValueFault::FullNumber),
            OpFault::Missing(text()),
            OpFault::Immutable(text()),
            OpFault::ServerOwned(text()),
            OpFault::WrongVerb(text()),
        ] {
            assert!(each.code().parse::<Code>().is_ok(), "{}", each.code());
            assert_eq!(fault(&each).both().lines().count(), 2);
        }
        assert_eq!(fault(&value(ValueFault::TooLong(64))).zh, "name：不得超过 64 个字符");
    }
}
