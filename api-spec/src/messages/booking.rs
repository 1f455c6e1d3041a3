//! BK and CF: from the booking to the signed sheet.

use super::{Rule, table::rules};

pub(super) static BOOKING: &[Rule] = rules! {
    "BK-1" "Booked early enough" / "提前报备";
        "A booking counts when it is at least 30 minutes older than the arrival; exactly 30:00 counts."
        / "报备须早于到访至少 30 分钟，恰好 30 分钟有效。";
        ["booking.min_lead_minutes" = "30"];
        {
            yes: "Booked {booked}, arrived {arrived_at}: at least {min_lead_minutes} minutes." / "报备 {booked}，到访 {arrived_at}，相距不少于 {min_lead_minutes} 分钟。";
            yes: "The booking came early enough before the arrival." / "报备时间早于到访，符合提前量要求。";
            no: "Booked {booked}, arrived {arrived_at}: less than {min_lead_minutes} minutes." / "报备 {booked}，到访 {arrived_at}，相距不足 {min_lead_minutes} 分钟。";
            no: "The booking came too late before the arrival." / "报备距到访时间不足。";
            unclear: "Booked {booked}, arrived {arrived_at}: the evidence leaves open whether these are {min_lead_minutes} minutes." / "报备 {booked}，到访 {arrived_at}，现有证据无法确定是否相距 {min_lead_minutes} 分钟。";
            unclear: "The evidence leaves open whether the booking was early enough." / "现有证据无法确定报备是否足够提前。";
        }
    "BK-2" "The booking feed" / "报备流水";
        "Bookings form an append-only feed per project in server order; it is the record that settles disputes."
        / "各项目的报备按服务器顺序形成只增不改的流水，作为判客依据。"; [];
        {
            no("used"): "The booking was used for an earlier arrival." / "报备已用于此前的到访。";
            no: "The booking was cancelled." / "报备已取消。";
        }
    "BK-3" "What a booking names" / "报备内容";
        "A booking names the customer and the masked phone, and what the project asks for besides."
        / "报备须写明客户姓名、脱敏电话，以及项目要求的其他内容。";
        ["booking.required_fields" = "[]"];
        {
            no: "The booking lacks {missing}." / "报备缺少：{missing}。";
        }
    "BK-4" "Who books" / "报备人";
        "The account names the company and the agent; a lead or the office may book on somebody's behalf, which is flagged."
        / "账号即代表公司与经办人；组长或内业可代为报备，并予以标记。"; [];
        {
            no: "The booking lacks {missing}, which the project asks for." / "报备缺少项目要求的内容：{missing}。";
            no: "Only a lead or the office may book on behalf of somebody else." / "仅组长或内业可代他人报备。";
            yes: "Booked on behalf of the agent." / "此报备由他人代为提交。";
        }
    "BK-5" "Masked phone and fitting name" / "电话脱敏与姓名匹配";
        "A booking shows the first 3 and last 4 digits of the phone, never the full number; it fits a customer when digits and name fit."
        / "报备电话只保留前 3 位和后 4 位，不得填写完整号码；号码与姓名均相符方可匹配客户。"; [];
        {
            no("full_number"): "Mask the phone as 138****1234; a full number must not reach the booking feed." / "电话请按 138****1234 格式脱敏，完整号码不得进入报备流水。";
            no("bad_mask"): "Write the phone as first 3 digits, four asterisks, last 4 digits." / "电话请按“前 3 位 + 四个星号 + 后 4 位”填写。";
            unclear: "The digits of a booking fit, the name does not; a person must decide." / "报备号码相符但姓名不符，需人工判定。";
            no: "The booking fits another customer." / "报备与该客户不符。";
            yes: "Digits and name of the booking fit the customer." / "报备的号码与姓名均与客户相符。";
        }
    "BK-6" "Valid on its day" / "当日有效";
        "A booking holds on the project's calendar day of its moment only; unused at midnight it expires."
        / "报备仅在其发生的项目当地自然日内有效，至午夜未使用即失效。";
        ["booking.validity" = "calendar_day"];
        {
            yes: "The booking is of the day of arrival." / "报备在到访当日。";
            no("expired"): "The day of the booking ended without an arrival." / "报备当日客户未到访，已失效。";
            no: "The booking is of another day than the arrival." / "报备与到访不在同一天。";
            unclear: "The evidence leaves open on which day the booking was made." / "现有证据无法确定报备发生在哪一天。";
        }
    "BK-7" "Repeated bookings" / "重复报备";
        "A holder may book the same customer 3 times in 30 days; the 4th is void. A valid arrival resets the count."
        / "同一归属方 30 天内对同一客户最多报备 3 次，第 4 次无效；有效到访后重新计数。";
        ["booking.repeat_max" = "3", "booking.repeat_window_days" = "30"];
        {
            no: "Booking number {booked} of this customer within {repeat_window_days} days; {repeat_max} are allowed." / "该客户 {repeat_window_days} 天内第 {booked} 次报备，上限为 {repeat_max} 次。";
            no: "The customer was booked too often." / "该客户报备次数超限。";
            unclear: "The evidence leaves open whether the customer was booked too often." / "现有证据无法确定报备次数是否超限。";
        }
    "BK-8" "Many bookings a day" / "单日报备数量";
        "Customers booked a day are not limited; beyond 100 by one person the bookings need the lead's look."
        / "单日报备数量不设上限；一人一天超过 100 组时须经组长查看。";
        ["booking.daily_cap" = "none", "booking.daily_review_at" = "100"];
        {
            no: "More than {daily_cap} bookings on one day are not accepted." / "单日报备超过上限 {daily_cap} 组。";
            unclear: "Booking number {booked} of that day; from {daily_review_at} on the lead looks at them." / "当日第 {booked} 组报备，达到 {daily_review_at} 组后须经组长查看。";
        }
    "BK-9" "Mass booking" / "批量虚报";
        "A partner with 10 or more groups booked on a day, of which fewer than half arrived, loses disputes over that day's bookings."
        / "渠道公司单日报备 10 组及以上且到访率低于 50% 的，当日报备在争议中视为无效。";
        ["booking.mass_threshold" = "10", "booking.mass_min_rate" = "0.5"];
        {
            yes: "Of {groups} groups booked that day {arrived} arrived." / "当日报备 {groups} 组，到访 {arrived} 组。";
            no: "Of {groups} groups booked that day {arrived} arrived; in a dispute these bookings count as void." / "当日报备 {groups} 组，到访 {arrived} 组，争议时该批报备视为无效。";
        }
    "BK-10" "Companions" / "同行客户";
        "A booked customer who comes alone is valid; companions on the sheet count too, each checked alone."
        / "已报备客户单独到访有效；确认单上的同行客户一并有效，逐一核验。";
        ["booking.companions_max" = "5"];
        {
            no("valid"): "Companion {place}; at most {companions_max} come with a booked customer." / "第 {place} 名同行客户，随报备客户最多 {companions_max} 名。";
            no: "The customer they came with is nobody's, so they are received as walk-ins." / "所随客户无渠道归属，同行客户按自然来访接待。";
            unclear: "The verdict on the customer they came with is open." / "所随客户的判定尚未确定。";
        }
    "BK-11" "Brought in person" / "直接带访";
        "A new customer brought in person is valid without a booking, or with one that fell."
        / "亲自带访的新客户无需报备即有效，报备失效时亦同。";
        ["booking.allow_direct_bring" = "true", "conflict.bring_vs_booking" = "review"];
        {
            yes: "The customer was brought in person." / "客户由本人直接带访。";
            no: "The project does not accept customers without a booking." / "本项目不接受未报备的带访。";
            unclear: "The customer was brought by one holder and booked by another; a person must decide." / "客户由一方带访、另一方报备，需人工判定。";
        }
    "BK-12" "What decides" / "归属方式";
        "The arrival decides whose customer it is; where the project says so, a booking protects from the start until its day ends, when it names a lead of the same holder with the full number; else it is judged as where the arrival decides."
        / "以到访确定客户归属；项目另有规定的，报备注明本归属方持有完整号码的线索时，自报备起保护至当日结束，否则仍以到访为准。";
        ["project.mode" = "visit_decides"];
        {
            yes: "Booked with the full number: protected from the booking on, until {until}." / "报备附有完整号码，自报备起保护至 {until}。";
            yes: "Booked with the full number before everybody else: the booking protected the customer from the start." / "报备附有完整号码且先于他人，自报备起保护该客户。";
        }
    "BK-13" "Recorded bookings prevail" / "以报备记录为准";
        "In a dispute the recorded bookings prevail; one received after the sheet never changes the sheet."
        / "争议时以报备记录为准；确认单开具后收到的报备不改变该确认单。"; [];
        {
            unclear: "The booking reached the server after the sheet was opened; the sheet stands, a case may be opened." / "报备在确认单开具后才到达服务器，确认单仍然有效，可申请判客。";
            no: "The booking reached the server after another sheet was opened." / "报备在另一确认单开具后才到达服务器。";
        }
    "BK-14" "New customer" / "新客户";
        "New means no earlier registered arrival and no protection held by somebody else."
        / "新客户指此前无到访登记，且不在他人保护期内。";
        ["newness.require" = "both"];
        {
            no: "The customer is registered as a visitor of the site until {until}." / "客户已在案场登记到访，有效期至 {until}。";
            no: "The customer visited the site before." / "客户此前已到访案场。";
            unclear: "The customer is registered as a visitor of the site; whether an older lead protection stands is open." / "客户已在案场登记到访，是否存在更早的线索保护尚无法确定。";
            yes: "The customer is new." / "该客户为新客户。";
        }
    "BK-15" "Refusals are told" / "及时告知";
        "The booker learns every refusal at once, with rule and reason and the end of a protection, never its holder."
        / "报备未通过时立即告知报备人规则、原因及保护截止时间，不透露归属方。"; [];
        {}
};

pub(super) static SHEET: &[Rule] = rules! {
    "CF-1" "The desk opens the sheet" / "前台开单";
        "Only the desk opens a confirmation sheet; opening it twice with the same id gives the same sheet."
        / "仅前台监督专员可开具确认单，同一编号重复开具返回同一张单。"; [];
        { no: "Only the desk opens a sheet." / "仅前台可开具确认单。"; }
    "CF-2" "Automatic check" / "自动核验";
        "Earlier visits, bookings and protections are checked automatically and the result is stored on the sheet."
        / "系统自动核验历史到访、报备与保护期，结果记录在确认单上。"; []; {}
    "CF-3" "The arrival decides" / "以到访时间为准";
        "The time of arrival decides; it is never in the future and at most 24 hours back. Entered more than 15 minutes later it is flagged."
        / "以到访时间为准，不得晚于当前时间，最多补录 24 小时内；超过 15 分钟录入的予以标记。";
        ["sheet.entry_minutes" = "15"];
        {
            no("future"): "The arrival cannot lie in the future." / "到访时间不能晚于当前时间。";
            no("too_old"): "The arrival lies more than 24 hours back." / "到访时间已超过 24 小时。";
            yes("late_entry"): "Entered {minutes} minutes after the arrival." / "到访 {minutes} 分钟后才录入。";
            unclear: "The booking reached the server after the arrival." / "报备在客户到访后才到达服务器。";
        }
    "CF-4" "The receiving consultant" / "接待置业顾问";
        "The consultant of the last signed sheet, else the one the booking names, else the rotation."
        / "依次为：上次确认单的置业顾问、报备指定的顾问、轮接（A位）。"; [];
        {
            yes("returning"): "The consultant of the customer's last signed sheet." / "沿用客户上次确认单的置业顾问。";
            yes("named"): "The consultant the booking names." / "由报备指定的置业顾问接待。";
            yes("rotation"): "By rotation." / "按轮接顺序（A位）分配。";
            yes("handed_over"): "Handed over: {reason}" / "已转交接待：{reason}";
            no("signed"): "The consultant has signed; the sheet changes hands no more." / "置业顾问已签字，不可再转交。";
            no("not_a_consultant"): "Hand the sheet over to a consultant at work on the project." / "只能转交给本项目在岗的置业顾问。";
            no("same_consultant"): "The sheet is that consultant's already." / "该单已由此置业顾问接待。";
            no: "No consultant is active on the project." / "项目暂无在岗置业顾问。";
        }
    "CF-5" "Two signatures" / "双签确认";
        "A valid sheet needs two signatures of two persons: the consultant's, then the site lead's."
        / "有效确认单须由两人先后签字：置业顾问、案场负责人。";
        ["sheet.sign_hours" = "24"];
        {
            no("not_valid"): "Only a valid sheet is signed." / "仅有效确认单可签字。";
            no("signed_already"): "The sheet bears this signature already." / "该单已有此签字。";
            no("same_person"): "The two signatures must come from two persons." / "两个签字须由不同的人完成。";
            no("not_signed_yet"): "The consultant signs first, then the site lead." / "须由置业顾问先签，案场负责人后签。";
            no("not_the_consultant"): "Only the sheet's consultant signs it." / "仅该单的置业顾问可签字。";
            yes("signed"): "Signed by the consultant and the site lead." / "置业顾问与案场负责人均已签字。";
            yes: "The customer is reserved for the same holder until the sheet is signed." / "客户已为同一归属方占位，待确认单签字。";
            unclear: "Unsigned for more than {hours} hours." / "超过 {hours} 小时未完成签字。";
        }
    "CF-6" "A void sheet says why" / "无效须注明原因";
        "A void sheet states its reason; the customer is received as a walk-in."
        / "无效确认单须注明原因，客户按自然来访接待。"; [];
        {
            yes("walk_in"): "No claim on the customer; received as a walk-in." / "无渠道归属，按自然来访接待。";
            no: "The sheet claims nothing that could be made void." / "该单无可作废的归属。";
        }
    "CF-7" "Voided by hand" / "人工作废";
        "A manual void needs a written reason, tells the holder, and keeps the reservation for the dispute window."
        / "人工作废须写明原因并告知归属方，争议期内保留占位。"; [];
        {
            no: "Voided by hand: {reason}" / "人工作废：{reason}";
            no: "Voiding a sheet needs a written reason." / "作废确认单须填写原因。";
        }
    "CF-8" "Deals" / "成交";
        "A deal needs a valid sheet and makes the protection permanent; cancelled, the rest of the period returns, at least 7 days."
        / "成交须有有效确认单，成交后永久保护；退订的恢复剩余保护期，不少于 7 天。";
        ["deal.cancel_rest_days" = "7"];
        {
            no("no_sheet"): "A deal needs a valid signed sheet." / "成交须有已签字的有效确认单。";
            no("no_deal"): "There is no deal to cancel." / "该单没有可退订的成交。";
            no("day"): "The day of a deal lies between the arrival, or the stage before it, and today." / "成交日期须在到访（或上一阶段）之后，且不晚于今天。";
            no: "The customer has bought already." / "客户已成交。";
            yes("subscribed"): "Subscribed on {on}; the protection is permanent." / "已于 {on} 认购，永久保护。";
            yes("signed"): "The contract was signed on {on}; the protection is permanent." / "已于 {on} 签约，永久保护。";
            yes("cancelled"): "Cancelled on {on}; protected until {until} again." / "已于 {on} 退订，恢复保护至 {until}。";
            yes: "The customer has bought; the protection is permanent." / "客户已成交，永久保护。";
        }
    "CF-9" "Without a deal" / "未成交跟进";
        "Without a deal the holder keeps following up; a valid sheet without a lead makes one for the holder."
        / "未成交的由归属方继续跟进；有效确认单无线索的，自动为归属方建立线索。"; [];
        { yes: "A lead was made for the holder of the valid sheet." / "已为有效确认单的归属方建立线索。"; }
    "CF-10" "Signed sheets are immutable" / "签后不可改";
        "A signed sheet is never edited; a correction is a new version that names the old one."
        / "已签字的确认单不得修改，更正须另立新版并注明原单。";
        ["sheet.retention_years" = "3"];
        {
            no("corrected"): "The sheet was corrected; go on with the new version." / "该单已更正，请使用新版本。";
            no("voided"): "The sheet was voided by hand; open a case instead of correcting it." / "该单已人工作废，不可更正，请申请判客。";
            no("deal"): "A deal rests on the sheet; cancel the deal before it is corrected." / "该单已成交，更正前请先退订。";
            no("case"): "A case decides whose customer it is; the sheet is not corrected." / "该客户已进入判客，以判客结果为准，不可更正。";
            no: "The sheet is signed; enter a correction instead." / "确认单已签字，请改用更正。";
            yes("corrected"): "Corrected: {reason}" / "更正：{reason}";
            yes("dropped"): "Not on the corrected sheet: {reason}" / "更正后不在该单上：{reason}";
            yes("released"): "The sheet that ruled on this booking was corrected; the booking is what it was before." / "裁定此报备的确认单已更正，报备恢复原状态。";
        }
};
