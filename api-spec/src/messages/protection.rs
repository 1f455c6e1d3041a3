//! PR and DS: whose customer it is, and for how long.

use super::{Rule, table::rules};

pub(super) static PROTECTION: &[Rule] = rules! {
    "PR-1" "Visited customers are protected" / "到访客户保护";
        "A valid customer is protected for 2 months from the site lead's signature."
        / "有效客户自案场负责人签字起保护 2 个月。";
        ["protection.period" = "2 months"];
        {
            yes: "Protected until {until}." / "保护期至 {until}。";
            yes("reserved"): "Reserved from the arrival on until the sheet is signed." / "自到访起占位保留，待签字后进入保护期。";
        }
    "PR-2" "Registered leads are protected" / "线索保护";
        "A lead's number is protected for its promoter for 2 months from the moment it was set; a later lead on the same number is contested."
        / "线索号码自录入时起为录入人保护 2 个月；之后录入同一号码的线索标记为有争议。";
        ["lead_protection.period" = "2 months", "lead_protection.daily_max" = "30"];
        {
            yes: "The number is protected for you until {until}." / "该号码为您保护至 {until}。";
            yes: "The number is protected for you." / "该号码已为您保护。";
            unclear: "New number {numbers} of that day; beyond {daily_max} they are protected when the lead accepts them." / "当日第 {numbers} 个新号码，超过 {daily_max} 个须经组长确认后保护。";
            no("no_number"): "Without a full number the lead protects nothing." / "未填写完整号码，线索不受保护。";
            no("released"): "The number was replaced; its protection has ended." / "号码已更换，原号码的保护已解除。";
            no: "The number is protected for somebody else until {until}." / "该号码已被他人保护至 {until}。";
            unclear: "A lead received earlier protects the number until {until}; which claim is right is open. A case may be opened." / "先收到的线索保护该号码至 {until}，归属尚无法确定，可申请判客。";
            no: "The number is protected for somebody else." / "该号码已被他人保护。";
            unclear: "A lead received earlier protects the number; which claim is right is open. A case may be opened." / "先收到的线索保护该号码，归属尚无法确定，可申请判客。";
        }
    "PR-3" "One protection at a time" / "唯一保护";
        "A customer has at most one live protection per class and project."
        / "同一项目内，同一客户每类最多只有一个有效保护。"; [];
        {
            yes: "The customer is protected for the same holder until {until}." / "客户在同一归属方保护期内，至 {until}。";
            yes: "The customer is reserved or protected for the same holder." / "客户已为同一归属方占位或保护。";
            no: "The customer is protected for somebody else until {until}." / "客户在他人保护期内，至 {until}。";
            no: "The customer is reserved or protected for somebody else." / "客户已被他人占位或保护。";
            unclear: "Somebody else's protection may stand." / "客户可能处于他人保护期内。";
        }
    "PR-4" "After the end" / "到期与延期";
        "Nothing remains after a protection lapses; one extension of a month is possible, with a reason. A transfer never moves the end."
        / "保护期满即失效；可延期一次、一个月，须注明原因；转移归属人不改变截止时间。";
        ["protection.extensions_max" = "1", "protection.extension" = "1 month"];
        {
            yes("transferred"): "Transferred to a colleague, protected until {until} as before: {reason}" / "已转移归属人，保护期仍至 {until}：{reason}";
            yes("transferred"): "Transferred to a colleague: {reason}" / "已转移归属人：{reason}";
            no("other_project"): "Whoever takes over works in the field of the same project." / "接收人须为同一项目的渠道人员。";
            no("other_company"): "Own staff take over from own staff, agents from agents of their company." / "自有员工只能转给自有员工，渠道经纪人只能转给本公司经纪人。";
            yes: "Extended until {until}: {reason}" / "延期至 {until}：{reason}";
            no("no_reason"): "An extension needs a written reason." / "延期须填写原因。";
            no("not_live"): "Only the protection of a visited customer by a signed sheet is extended." / "仅已签字确认单的到访客户保护期可延期。";
            no("extended"): "The protection was extended before." / "保护期此前已延期。";
            no: "The protection ended {until}." / "保护期已于 {until} 结束。";
            no: "The protection has ended." / "保护期已结束。";
        }
    "PR-5" "Walk-ins" / "自然来访登记";
        "A walk-in registered first blocks later channel claims for the same period, except the holder of an older live lead protection."
        / "先登记的自然来访在同等期限内排除后续渠道归属，持有更早有效线索保护者除外。"; [];
        {
            yes: "Registered as a walk-in until {until}." / "登记为自然来访，有效期至 {until}。";
            no: "The customer was registered as a walk-in before, until {until}." / "客户此前已登记为自然来访，有效期至 {until}。";
            no: "The customer was registered as a walk-in before." / "客户此前已登记为自然来访。";
        }
    "PR-7" "Reminders" / "到期提醒";
        "The holder is reminded 7 days and 1 day before the end and sees the days left."
        / "保护期满前 7 天和 1 天提醒归属方，并显示剩余天数。";
        ["protection.remind_days" = "[7, 1]"];
        { yes: "The protection ends in {days} days." / "保护期还剩 {days} 天。"; }
};

pub(super) static DISPUTES: &[Rule] = rules! {
    "DS-1" "Records, not testimony" / "以记录为准";
        "A case is settled on records: exact op texts with digest and moment, bookings, arrivals, sheets, protections, rulings and the policy in force."
        / "判客以记录为准：操作原文、摘要与时间，报备、到访、确认单、保护期、历次裁定及当时政策。"; []; {}
    "DS-2" "Mass bookings lose" / "虚报从败";
        "Bookings of a day that failed BK-9 lose a dispute."
        / "违反 BK-9 之日的报备在争议中不予支持。"; [];
        { no: "The bookings of that day failed BK-9." / "当日报备违反 BK-9。"; }
    "DS-3" "Precedence" / "优先次序";
        "Signed sheet, earlier arrival, certainly earlier live booking, direct bring, lead, other; equal ranks by server order."
        / "依次为：已签确认单、更早到访、确定更早的有效报备、直接带访、线索、其他；同级以服务器先后为准。"; [];
        {
            yes: "This claim ranks first." / "该归属主张次序最先。";
            no("not_in_review"): "The sheet is not in review." / "该确认单不在待判状态。";
            no("no_candidate"): "There is no single holder the sheet could be valid for; settle the case instead." / "没有唯一的归属方，请通过判客裁决。";
            no: "Somebody else's claim ranks before this one." / "他人的归属主张次序在先。";
            unclear("bring_vs_booking"): "Brought by one holder, booked by another; a person must decide." / "客户由一方带访、另一方报备，需人工判定。";
            unclear: "Several holders have live bookings and their order is open; a person must decide." / "多方均有有效报备且先后无法确定，需人工判定。";
        }
    "DS-4" "Opening and settling a case" / "判客流程";
        "Opened within 48 hours of the verdict reaching the phone, at most 7 days from the sheet; settled within 2 working days; one appeal within 3 days, decided by somebody else."
        / "裁定送达手机后 48 小时内可申请，最迟为开单后 7 天；2 个工作日内裁决；3 天内可申诉一次，由他人终裁。";
        ["dispute.window_hours" = "48", "dispute.sla_working_days" = "2", "dispute.appeal_days" = "3"];
        {
            unclear("opened"): "A case is open, to be settled by {due}; nothing lapses meanwhile." / "判客已受理，应于 {due} 前裁决；期间保护不失效。";
            unclear("opened_by_review"): "The sheet is in review, so a case was opened, to be settled by {due}; nothing lapses meanwhile." / "确认单待判，已自动立案，应于 {due} 前裁决；期间保护不失效。";
            unclear("appealed"): "Appealed; somebody else of the office decides by {due}." / "已申诉，由营销中心另一人于 {due} 前终裁。";
            no("withdrawn"): "A claimant withdrew." / "申请方已撤回。";
            yes("final"): "Nobody appealed by {until}: the settlement is final." / "截至 {until} 无人申诉，裁决生效。";
            no("lost"): "The case was settled for somebody else: {reason}" / "判客裁决归属他人：{reason}";
            no("site"): "The case was settled for the site: {reason}" / "判客裁决归案场：{reason}";
            no("appeal_over"): "The time for an appeal ended {until}." / "申诉期限已于 {until} 截止。";
            no("not_lost"): "The customer is yours already; there is nothing to claim." / "客户已归属您，无需申请。";
            no("own_claim"): "Nobody decides about an own claim." / "不得裁决本人参与的判客。";
            yes: "Settled for you until {until}: {reason}" / "裁决归您，保护至 {until}：{reason}";
            no("window"): "The time for opening a case ended {until}." / "申请判客的期限已于 {until} 截止。";
            no("split"): "The shares are of parties, each once and the holder among them, and add up to 100 percent." / "分成须为各当事方、每方一次并包括归属方，比例之和为 100%。";
            no("same_person"): "The appeal is decided by somebody else." / "申诉须由他人裁决。";
            yes: "Settled by the back office: {reason}" / "营销中心裁决：{reason}";
            yes: "Decided by a person." / "由人工裁定。";
        }
    "DS-7" "Levels" / "裁决层级";
        "Office, appeal, outside (arbitration or court; recorded only)."
        / "内部裁决、申诉、外部（仲裁或诉讼，仅作记录）。"; []; {}
};
