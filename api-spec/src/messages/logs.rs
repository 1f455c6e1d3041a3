//! WL: the daily log. TR, DP, PT: gates and privacy.

use super::{Rule, table::rules};

pub(super) static LOGS: &[Rule] = rules! {
    "WL-1" "One log a day" / "一日一志";
        "One log per person and worked day, whichever phone it was written on; missing ones are listed at day close."
        / "每人每个工作日一份日志，不限手机；缺交的在日结时列出。"; [];
        {
            no: "There is no log for {day}." / "{day} 未提交日志。";
            yes: "The log for {day} is there, or none is due." / "{day} 的日志已提交，或当日无须提交。";
        }
    "WL-2" "What a log says" / "日志内容";
        "Items, progress, problems, suggestions and results; items are required to submit."
        / "包括工作事项、进展、问题、建议与结果；提交时工作事项必填。"; [];
        { no: "Write the items before submitting." / "提交前请填写工作事项。"; }
    "WL-4" "No back-filling" / "不得补写";
        "A log is first submitted on its own day. Certainly later is missed, though kept and shown; a future day is rejected. A returned log is due by the end of the day after its return reached the phone."
        / "日志须在当日首次提交；确定逾期的记为缺交，内容保留可见；不得提交未来日期。被退回的须在退回送达次日结束前重新提交。";
        ["log.cutoff" = "23:59:59"];
        {
            no("future_day"): "The day of the log has not come yet." / "日志日期尚未到来。";
            no("not_in_review"): "The log is not in review." / "该日志不在待判状态。";
            no("in_doubt"): "The log may have come too late: decide on it by itself." / "该日志可能逾期，请单独处理。";
            no: "Submitted {submitted}, due before {due}; it counts as missed." / "{submitted} 提交，应于 {due} 前提交，记为缺交。";
            no: "No log for {day} was handed in in time." / "{day} 的日志未按时提交。";
            no: "The log was not handed in in time." / "日志未按时提交。";
            unclear: "Submitted {submitted}, due before {due}: the evidence leaves open whether it was in time; the lead decides." / "{submitted} 提交，应于 {due} 前提交，现有证据无法确定是否按时，由组长判定。";
            unclear: "The evidence leaves open whether the log was submitted on its day; the lead decides." / "现有证据无法确定是否当日提交，由组长判定。";
            yes: "Submitted on its day." / "当日提交。";
        }
    "WL-5" "The author's own" / "本人填写";
        "The author is the owner, on the owner's device."
        / "日志须由本人在本人设备上填写。"; [];
        {
            no: "Only the author writes and submits the log." / "仅本人可填写和提交日志。";
            yes: "The author took the log back." / "本人已撤回日志。";
        }
    "WL-6" "Review by the lead" / "组长审阅";
        "The lead reviews every log by 12:00 of the next working day: approve, or return with a reason. The approval names the version it saw; an approved log is frozen until reopened."
        / "组长须在次一工作日 12:00 前审阅：批准，或注明原因退回。批准须注明所见版本；批准后锁定，重新打开方可修改。";
        ["log.review_by" = "12:00"];
        {
            no("frozen"): "The log is approved and frozen; the lead can reopen it." / "日志已批准并锁定，可由组长重新打开。";
            no("stale_version"): "The log is at version {current} by now, not at {seen}; look again." / "日志已更新至第 {current} 版，所见为第 {seen} 版，请重新查看。";
            no("not_submitted"): "Only a submitted log can be reviewed." / "仅已提交的日志可审阅。";
            no("not_approved"): "Only an approved log is reopened." / "仅已批准的日志可重新打开。";
            no("not_the_reviewer"): "The team lead, the deputy or, for the lead's own, the back office reviews the log." / "日志由组长或代理人审阅，组长本人的由内业审阅。";
            no("unread"): "{team}: {count} logs of {day} were to be read before {due}." / "{team}：{day} 的 {count} 份日志应于 {due} 前审阅。";
            no: "Returned: {reason}" / "已退回：{reason}";
            no: "A return needs a reason." / "退回须填写原因。";
            yes: "Approved: {comment}" / "已批准：{comment}";
            yes: "Approved." / "已批准。";
        }
    "WL-7" "Present without a log" / "在岗未交";
        "A team's day shows who was present and has no log."
        / "团队日视图显示在岗但未交日志的人员。"; [];
        { no: "Present, but no log." / "在岗但未交日志。"; }
    "WL-8" "Sample" / "抽检";
        "A weekly random sample is inspected."
        / "每周随机抽检日志。"; ["log.sample" = "0.1"];
        { yes: "Chosen for inspection." / "已被抽中检查。"; }
    "WL-9" "Weekly hand-in" / "周报上交";
        "The week's logs are compiled and handed in by Monday 12:00."
        / "本周日志须在周一 12:00 前汇总上交。"; ["log.weekly_due" = "Mon 12:00"];
        {
            no("not_over"): "The week is not over yet." / "本周尚未结束。";
            no("not_the_lead"): "The team's lead or deputy hands the week in." / "周报由组长或代理人上交。";
            no: "{team}: the week {week} was due before {deadline}." / "{team}：{week} 周报应于 {deadline} 前上交。";
            no: "The week was due before {deadline}." / "周报应于 {deadline} 前上交。";
            yes: "{team}: the week {week} is handed in." / "{team}：{week} 周报已上交。";
            yes: "Handed in in time." / "按时上交。";
        }
    "WL-12" "Every version is kept" / "版本留存";
        "Every version of a log is kept."
        / "日志的每个版本均予保留。"; []; {}
    "WL-16" "Words and facts" / "文字与数据";
        "Beside the words the log carries the facts of the day, counted from the records; words that contradict them are flagged."
        / "日志附当日由记录统计的数据；文字与数据不符的予以标记。"; [];
        {
            no("contradicted"): "The words contradict the records: read this log by itself." / "日志文字与记录不符，请单独审阅。";
            no: "“{words}”: the log says {said}, the records say {counted}." / "“{words}”：日志写 {said}，记录统计为 {counted}。";
            no: "The log says {said}, the records say {counted}." / "日志写 {said}，记录统计为 {counted}。";
            yes: "The words do not contradict the records." / "日志文字与记录无不符之处。";
        }
};

pub(super) static GATES: &[Rule] = rules! {
    "TR-1" "Training first" / "先培训后上岗";
        "A new liaison works only after a training record; before it, check-ins and bookings are void and the lead is told."
        / "新外联须有培训记录方可上岗；此前的签到与报备无效，并通知组长。"; [];
        {
            no: "Trained on {trained_on}; the work lies before." / "培训日期为 {trained_on}，该工作早于培训。";
            no: "There is no training record." / "尚无培训记录。";
            unclear: "The evidence leaves open whether the work came after the training." / "现有证据无法确定是否在培训之后。";
            yes: "Trained." / "已完成培训。";
        }
    "DP-1" "Customers' data stays in its scope" / "数据范围";
        "Customers' data is seen inside its scope only."
        / "客户数据仅在其权限范围内可见。"; [];
        { no: "The customer lies outside of your scope." / "该客户不在您的权限范围内。"; }
    "DP-2" "Masked numbers" / "号码脱敏";
        "Phone numbers are masked in every feed, list, log and export; a reveal names its reason, is audited and counted per day."
        / "所有信息流、列表、日志与导出中的号码均脱敏；查看完整号码须注明原因，并留痕、按日计数。";
        ["reveal.daily_flag_at" = "100"];
        {
            no("limit"): "More than {max} reveals on one day." / "单日查看完整号码超过 {max} 次。";
            unclear: "Too many answers about protected numbers on one day; this one is withheld, ask the lead." / "当日受保护号码的提示次数过多，本次结果暂不显示，请联系组长。";
            no: "A reveal needs a reason." / "查看完整号码须填写原因。";
            yes: "A full number in the text was masked." / "文本中的完整号码已脱敏。";
        }
    "DP-3" "Exports" / "导出";
        "Exports need a permission, carry the exporter's name and are audited."
        / "导出须有权限，附导出人姓名并留痕。"; [];
        { no: "Your role does not permit exports." / "您的岗位无导出权限。"; }
    "DP-6" "No biometrics" / "不采集生物特征";
        "The product stores no biometrics."
        / "本产品不采集任何生物特征信息。"; []; {}
    "PT-28" "Blacklisted partners" / "渠道公司黑名单";
        "Bookings and brings of a blacklisted partner are void."
        / "列入黑名单的渠道公司，其报备与带访无效。"; [];
        { no: "The partner is blacklisted." / "该渠道公司已列入黑名单。"; }
    "PT-29" "Suspended partners" / "渠道公司暂停";
        "Bookings and brings of a suspended partner are void."
        / "合作暂停的渠道公司，其报备与带访无效。"; [];
        { no: "The partner is suspended." / "该渠道公司已暂停合作。"; }
};
