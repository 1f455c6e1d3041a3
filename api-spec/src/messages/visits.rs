//! FW and OV: visits, canvassing and outlets.

use super::{Rule, table::rules};

pub(super) static VISITS: &[Rule] = rules! {
    "FW-4" "Handing over a customer" / "客户交接";
        "A canvasser's customer handed to a consultant is signed by both; the confirmation sheet does it."
        / "行销客户移交置业顾问须双方签字，以确认单完成。"; []; {}
    "FW-8" "What a visit says" / "拜访记录";
        "A visit record says who, where, purpose, result and next step."
        / "拜访记录须写明对象、地点、目的、结果与下一步。";
        ["visit.required_fields" = "[purpose, result]"];
        {
            yes: "The visit says what it must." / "拜访记录完整。";
            no: "The visit lacks {fields}." / "拜访记录缺少：{fields}。";
        }
    "FW-9" "Posts of the day" / "每日点位";
        "Posts and duties are assigned every morning; the phone shows them."
        / "每天早上分配点位与任务，并显示在手机上。"; [];
        { no: "No post is assigned for the day." / "当日未分配点位。"; }
    "FW-10" "Forgotten leads" / "线索跟进提醒";
        "Open leads without a follow-up for 7 days surface."
        / "有效线索 7 天未跟进的予以提示。";
        ["lead.followup_days" = "7"];
        {
            no: "No follow-up for {days} days, planned for {planned}." / "已 {days} 天未跟进，原定 {planned} 跟进。";
            no: "No follow-up for {days} days." / "已 {days} 天未跟进。";
        }
    "OV-1" "Outlet grades" / "渠道分级";
        "Outlets are graded A to D."
        / "渠道点位按 A 至 D 分级。"; []; {}
    "OV-2" "One card per outlet" / "一点一卡";
        "A likely second card, by name or within 30 m, is flagged for merging; both histories stay."
        / "名称相同或 30 米内名称相近的疑似重复点位标记待合并，双方历史均保留。"; [];
        {
            no("merged"): "Merged into another card: {reason}" / "已合并至另一档案：{reason}";
            yes("distinct"): "Another outlet than the one it looks like: {reason}" / "经确认非同一点位：{reason}";
            unclear("suspected"): "“{one}” and “{another}” seem to be one outlet; merge the cards, or say that they are two." / "“{one}”与“{another}”疑似同一点位，请合并或确认为不同点位。";
            unclear: "This outlet seems to have a card already." / "该点位可能已有档案。";
        }
    "OV-3" "Visits to A and B" / "A、B 级拜访次数";
        "At least 5 counted visits a calendar month, pro rata in the month of opening."
        / "每自然月至少 5 次有效拜访，当月新增的按比例计算。";
        ["outlet.visits" = "{A:5,B:5,C:2,D:2}"];
        {
            no("risk"): "{outlets} outlets are behind with their visits of {month}." / "{month} 有 {outlets} 个点位拜访进度落后。";
            no("short"): "{outlets} outlets had too few visits in {month}." / "{month} 有 {outlets} 个点位拜访次数不足。";
            no: "{count} of {min} visits this month." / "本月有效拜访 {count} 次，要求 {min} 次。";
        }
    "OV-4" "Visits to C and D" / "C、D 级拜访次数";
        "At least 2 counted visits a calendar month, pro rata in the month of opening."
        / "每自然月至少 2 次有效拜访，当月新增的按比例计算。";
        ["outlet.visits" = "{A:5,B:5,C:2,D:2}"];
        { no: "{count} of {min} visits this month." / "本月有效拜访 {count} 次，要求 {min} 次。"; }
    "OV-5" "Counted visits" / "有效拜访";
        "A visit counts inside 200 m of the outlet, from 5 minutes on, with its required fields; one per outlet and day."
        / "在点位 200 米内、停留 5 分钟以上且必填项齐全的拜访有效，每点位每天计一次。";
        ["visit.radius_m" = "200", "visit.min_minutes" = "5"];
        {
            yes: "The visit counts." / "拜访有效。";
            no("repeated"): "The outlet was visited that day already." / "该点位当日已有有效拜访。";
            no("no_minutes"): "The visit does not say how long it lasted." / "未填写停留时间。";
            no("too_short"): "Stayed {minutes} minutes; {min_minutes} are needed." / "停留 {minutes} 分钟，要求至少 {min_minutes} 分钟。";
            no: "{distance_m} m away; the radius is {radius_m} m." / "距离 {distance_m} 米，要求在 {radius_m} 米内。";
            no: "The visit does not count." / "拜访不计入有效次数。";
            unclear("mocked"): "The location was mocked; the visit counts when the lead accepts it." / "定位疑似模拟，待组长确认后计入。";
            unclear("missing"): "There is no location; the visit counts when the lead accepts it." / "缺少定位，待组长确认后计入。";
            unclear("no_card"): "Nobody has said where the outlet is; the visit counts when the lead accepts it." / "该点位尚无位置信息，待组长确认后计入。";
            unclear("left"): "The visit ended somewhere else; it counts when the lead accepts it." / "拜访结束地点不在点位，待组长确认后计入。";
            unclear("day"): "The evidence leaves open which day the visit was on; it counts when the lead accepts it." / "现有证据无法确定拜访日期，待组长确认后计入。";
            unclear: "{distance_m} m away, accurate to {accuracy_m} m, the radius is {radius_m} m: the visit counts when the lead accepts it." / "距离 {distance_m} 米（误差 {accuracy_m} 米），要求在 {radius_m} 米内，待组长确认后计入。";
            unclear: "The visit counts when the lead accepts it." / "拜访待组长确认后计入。";
        }
    "OV-7" "Changes reach everybody" / "政策传达";
        "Policy and promotion changes reach every promoter within 24 hours, with read receipts."
        / "政策与活动变更须在 24 小时内传达至每位业务员，并记录已读。";
        ["notice.hours" = "24"];
        {
            no("unread"): "{people} people have not read the notice within {hours} hours." / "有 {people} 人未在 {hours} 小时内阅读通知。";
            no: "Not read within {hours} hours." / "未在 {hours} 小时内阅读。";
            yes("policy"): "The policy was changed, from {from} on: {keys}." / "政策已变更，自 {from} 起生效：{keys}。";
        }
    "OV-8" "Displayed materials" / "物料检查";
        "An outlet visit says whether the displayed materials were checked."
        / "渠道拜访须注明是否检查陈列物料。"; [];
        { no: "The visit does not say whether the materials were checked." / "未注明是否检查陈列物料。"; }
    "OV-9" "Idle outlets" / "低效点位";
        "An outlet without a lead in 60 days is a candidate for dropping; the lead decides."
        / "60 天无线索的点位列入待淘汰名单，由组长决定。";
        ["outlet.idle_days" = "60"];
        {
            no("dropped"): "Dropped: {reason}" / "已淘汰：{reason}";
            yes("kept"): "Kept until {kept_until}: {reason}" / "保留至 {kept_until}：{reason}";
            no: "No lead in {days} days." / "已 {days} 天无线索。";
        }
};
