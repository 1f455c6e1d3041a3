//! AT and MC: the person-day and its month.

use super::{Rule, table::rules};

pub(super) static ATTENDANCE: &[Rule] = rules! {
    "AT-1" "The shift" / "班次";
        "09:30 to 18:00. The earliest counted check-in is the arrival, the latest check-out the departure; no counted check-in by 13:30 is an absence."
        / "班次 09:30 至 18:00；以最早有效签到为上班、最晚签退为下班，13:30 前无有效签到计缺勤。";
        ["shift.start" = "09:30", "shift.end" = "18:00", "shift.absent_after" = "13:30"];
        {
            no("absent"): "No counted check-in by {deadline}." / "截至 {deadline} 无有效签到。";
            no("early_leave"): "Left {minutes} minutes before the end of the shift." / "早退 {minutes} 分钟。";
            no("early_leave"): "Left before the end of the shift." / "早于班次结束时间离岗。";
            unclear("no_off"): "There is no check-out." / "缺少签退记录。";
            unclear: "The evidence leaves open whether the shift was kept." / "现有证据无法确定是否按班次出勤。";
            yes: "The shift was kept." / "按班次出勤。";
        }
    "AT-2" "Days off" / "轮休";
        "Days off rotate from Monday to Friday; nobody is off on Saturday and Sunday."
        / "周一至周五轮休，周六、周日不休。";
        ["roster.off_days" = "Mon–Fri, by rotation", "roster.off_per_week" = "1"];
        {
            no("weekday"): "{day} is not a day on which days off rotate." / "{day} 不在轮休日内。";
            no("week"): "{days} days off in one week; {max} rotate." / "一周轮休 {days} 天，上限 {max} 天。";
            no: "The roster breaks the rotation." / "排班不符合轮休规则。";
            yes: "A day off by the roster." / "按排班休息。";
        }
    "AT-3" "Liaisons" / "外联排班";
        "Liaisons have no planned days off; more than 6 days in a row are warned of."
        / "外联不排休；连续出勤超过 6 天提醒。";
        ["roster.max_days_in_row" = "6"];
        {
            no("planned"): "A liaison has no planned days off; {day} is one." / "外联不排休，{day} 已排休。";
            no: "{days} working days in a row." / "已连续出勤 {days} 天。";
        }
    "AT-4" "Holidays and events" / "节假日与活动";
        "The site lead, or the back office, adjusts the roster for holidays and events, and with a reason against the rotation."
        / "节假日与活动由案场负责人或内业调整排班，说明理由后可不受轮休限制。";
        ["calendar.field_days" = "every weekday", "calendar.holidays" = "none", "calendar.makeup_days" = "none"];
        {
            no("adjusts"): "Days off for holidays, events and making up are given by the site lead; {day} is not a turn of the rotation." / "节假日、活动与调休由案场负责人安排，{day} 不属于轮休。";
            no("past"): "{day} is over: the site lead changes it, with a reason." / "{day} 已过，须由案场负责人说明理由后调整。";
            yes: "The calendar makes this a day off." / "当日为节假日休息。";
        }
    "AT-5" "On site by 09:20" / "09:20 前到岗";
        "On site by 09:20, late from 09:21:00, for ten minutes of self-check."
        / "09:20 前到岗自检十分钟，09:21:00 起计迟到。";
        ["shift.on_site_by" = "09:20"];
        {
            yes: "There {at}; on site by {on_site_by}." / "{at} 到岗，要求 {on_site_by} 前到岗。";
            yes: "On site in time." / "按时到岗。";
            no: "There {at}: late, on site by {on_site_by}." / "{at} 到岗，迟到，要求 {on_site_by} 前到岗。";
            no: "Late." / "迟到。";
            unclear: "There {at}: the evidence leaves open whether it was in time, on site by {on_site_by}." / "{at} 到岗，现有证据无法确定是否在 {on_site_by} 前到岗。";
            unclear: "The evidence leaves open whether the arrival was in time." / "现有证据无法确定是否按时到岗。";
        }
    "AT-8" "Checking in" / "签到方式";
        "Staff check themselves in."
        / "专员自行签到。"; [];
        {
            no: "Nobody checks in for somebody else." / "不得代他人签到。";
            unclear: "Somebody else recorded the check-in." / "签到由他人代为记录，需人工判定。";
        }
    "AT-9" "When a phone fails" / "补录";
        "Manual entry by the back office with reason and witness, or a request the lead approves; approved leave makes the day excused."
        / "手机故障时由内业凭原因与证明人补录，或提交申请由组长批准；批准请假的当日免考勤。"; [];
        {
            yes("leave"): "Leave was approved." / "请假已批准。";
            yes("check"): "By an approved request: {type} at {at}." / "经批准的申请：{type}，{at}。";
            no("corrected"): "Corrected by an approved request." / "已按批准的申请更正。";
            no("declined"): "Declined: {reason}" / "已驳回：{reason}";
            no("no_check"): "The request does not say which check-in, and when." / "申请未写明更正哪次打卡及时间。";
            no("future"): "The check-in that is asked for is still to come." / "申请的打卡时间尚未到。";
            no("no_span"): "The request does not say from when until when, within a year." / "申请未写明起止时间（一年以内）。";
            yes: "Entered by hand: {reason}" / "人工补录：{reason}";
            yes: "Entered by hand." / "人工补录。";
            no: "A manual entry needs a reason and a witness." / "补录须填写原因与证明人。";
        }
    "AT-10" "Liaisons are witnessed" / "外联由组长点名";
        "A liaison's attendance is taken by the team lead or a named delegate; the own check-in gives the time, the witness the fact."
        / "外联由组长或指定人员点名；本人签到确定时间，点名确认到岗事实。"; [];
        {
            no: "No witness has confirmed the attendance." / "尚无组长或指定人员点名确认。";
            unclear: "A witness has yet to confirm the attendance." / "待组长或指定人员点名确认。";
            yes: "Witnessed by the lead or a delegate." / "已由组长或指定人员点名确认。";
        }
    "AT-11" "Spot checks" / "抽查";
        "A spot check is answered by a check-in within 15 minutes of its delivery; one never delivered does not count."
        / "抽查须在送达后 15 分钟内签到应答，未送达的不计。";
        ["spot_check.minutes" = "15"];
        {
            yes: "Answered in time." / "按时应答抽查。";
            no: "Not answered within {minutes} minutes." / "未在 {minutes} 分钟内应答抽查。";
            unclear: "The evidence leaves open whether the answer was in time." / "现有证据无法确定是否按时应答。";
        }
    "AT-12" "Breaks" / "休息时长";
        "Breaks over 30 minutes are flagged."
        / "休息超过 30 分钟予以标记。";
        ["break.minutes" = "30"];
        {
            no: "A break of {minutes} minutes; {max} are allowed." / "休息 {minutes} 分钟，上限 {max} 分钟。";
            unclear("no_start"): "A break that ended has no start." / "休息结束缺少开始记录。";
            unclear("no_end"): "A break that started has no end." / "休息开始缺少结束记录。";
            unclear: "The evidence leaves open whether a break was longer than allowed." / "现有证据无法确定休息是否超时。";
        }
    "AT-14" "Shift swaps" / "换班";
        "A swap needs the lead's consent beforehand."
        / "换班须事先经组长同意。"; [];
        {
            no("declined"): "Declined: {reason}" / "已驳回：{reason}";
            no("no_swap"): "The request names no colleague of the project, or no day." / "申请未写明本项目的同事或日期。";
            no("no_consent"): "The colleague has not asked for the same swap yet." / "对方尚未提交同样的换班申请。";
            no("begun"): "The shift has begun: a swap is agreed to beforehand." / "班次已开始，换班须事先同意。";
            no: "The lead did not agree to the swap beforehand." / "换班未事先取得组长同意。";
            yes: "Swapped with the lead's consent." / "换班已获组长同意。";
        }
    "AT-15" "Repeated absence" / "累计缺勤";
        "More than 3 days absent in 12 months is a severe flag."
        / "12 个月内缺勤超过 3 天为严重标记。";
        ["absence.severe_days" = "3"];
        { no: "{days} days absent in 12 months." / "12 个月内缺勤 {days} 天。"; }
    "AT-16" "Signing in for another" / "代签";
        "One phone under two accounts, one user on two phones at once, or impossible travel is flagged for a human."
        / "一机两号、一人两机同时使用或行程不可能的，标记后由人工判定。";
        ["travel.max_kmh" = "150"];
        {
            no("shared_phone"): "One phone was used under two accounts, a person confirmed." / "经人工确认：同一手机当日登录了两个账号。";
            no("two_phones"): "One user was active on two phones at once, a person confirmed." / "经人工确认：同一账号同时在两部手机上使用。";
            no("travel"): "The journey was impossible, a person confirmed: {kmh} km/h." / "经人工确认：行程不可能，{kmh} 公里/小时。";
            unclear("shared_phone"): "One phone was used under two accounts on the same day." / "同一手机当日登录了两个账号。";
            unclear("two_phones"): "One user was active on two phones at once." / "同一账号同时在两部手机上使用。";
            unclear("travel"): "The distance between two check-ins is impossible: {kmh} km/h." / "两次签到间的行程不可能：{kmh} 公里/小时。";
            unclear: "A check-in needs a human look." / "签到存疑，需人工判定。";
        }
    "AT-22" "The fence" / "电子围栏";
        "Inside when distance plus accuracy is within the radius, outside when distance less accuracy exceeds it, else a human decides; so with a mocked or missing location."
        / "距离加误差在半径内为围栏内，距离减误差超出半径为围栏外，其余及模拟定位、无定位由人工判定。";
        ["attendance.on_at" = "site_or_post"];
        {
            yes: "Inside the site or an assigned post." / "位于案场或当日点位围栏内。";
            no: "{distance_m} m from the nearest fence's centre, accurate to {accuracy_m} m: outside." / "距最近围栏中心 {distance_m} 米（误差 {accuracy_m} 米），在围栏外。";
            no: "Outside of the site and of every assigned post." / "不在案场或当日点位围栏内。";
            unclear("mocked"): "The location was mocked." / "定位疑似模拟。";
            unclear("missing"): "There is no location." / "缺少定位。";
            unclear: "{distance_m} m from the nearest fence's centre, accurate to {accuracy_m} m: the edge lies between." / "距最近围栏中心 {distance_m} 米（误差 {accuracy_m} 米），无法确定是否在围栏内。";
            unclear: "The location leaves open whether it was inside." / "定位无法确定是否在围栏内。";
        }
    "MC-1" "Closing the month" / "月度封账";
        "A month closes when no person-day is in review; its sheet is frozen, later evidence becomes an adjustment in the open month."
        / "当月无待判考勤方可封账；封账后冻结，后到证据计入未封月份的调整。"; [];
        {
            no("not_over"): "The month is open until {day} is over." / "该月须在 {day} 结束后方可封账。";
            no: "{count} person-days are in review." / "尚有 {count} 个考勤日待判定。";
            yes: "The month is closed." / "该月已封账。";
        }
};
