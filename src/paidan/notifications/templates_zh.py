"""What we say, in Chinese: short and polite. Variables are those of ``wording.VARIABLES``."""

from __future__ import annotations

from paidan.notifications.constants import Template
from paidan.notifications.wording import Text

TEXTS: dict[Template, Text] = {
    Template.BOOKING_CONFIRMED: Text(
        title="预约已确认",
        body="您预约的{item}已确认，上门时间：{window}。师傅确定后我们会再通知您。",
        sms="您预约的{item}已确认，上门时间{window}。查看、改约或取消：{link}",
    ),
    Template.BOOKING_CHECKED: Text(
        title="预约审核中",
        body="我们已收到您预约的{item}（{window}），正在审核，结果会尽快通知您。",
    ),
    Template.BOOKING_INFO_NEEDED: Text(
        title="请补充预约信息",
        body="您预约的{item}还差一些信息，补充后即可确认。",
        sms="您预约的{item}还差一些信息，请补充：{link}",
    ),
    Template.BOOKING_REJECTED: Text(
        title="预约未能受理",
        body="很抱歉，您预约的{item}（{window}）暂时无法受理。",
        sms="很抱歉，您预约的{item}（{window}）暂时无法受理。详情：{link}",
    ),
    Template.REMINDER_DAY_BEFORE: Text(
        title="明天上门提醒",
        body="您预约的{item}将于 {window} 上门，请确认时间；如需改约或取消，也请提前告诉我们。",
        sms="您预约的{item}将于{window}上门，请点此确认、改约或取消：{link}",
    ),
    Template.REMINDER_AGAIN: Text(
        title="请确认上门时间",
        body="还没有收到您的确认：{item}的上门时间 {window} 是否合适？请确认、改约或取消。",
        sms="还没有收到您的确认：{item}的上门时间{window}是否合适？请点此回复：{link}",
    ),
    Template.REMINDER_SOON: Text(
        title="即将上门",
        body="您预约的{item}将于 {window} 上门，请留人在家并保持电话畅通。",
        sms="您预约的{item}将于{window}上门，请留人在家并保持电话畅通。详情：{link}",
    ),
    Template.VISIT_REMINDER: Text(
        title="上门提醒",
        body="{item}，{window}，{district}。如无法前往，请立即告知调度。",
    ),
    Template.BOOKING_RESCHEDULED: Text(
        title="预约已改约",
        body="您预约的{item}已改到 {window}。",
        sms="您预约的{item}已改到{window}。查看预约：{link}",
    ),
    Template.BOOKING_CANCELLED: Text(
        title="预约已取消",
        body="您预约的{item}（{window}）已取消，取消费 {fee}。",
        sms="您预约的{item}（{window}）已取消，取消费{fee}。",
    ),
    Template.PLAN_DAY_OPEN: Text(
        title="请另选上门时间",
        body="您定期预约的{item}（{window}）该时段已约满，请另选附近的时间，或跳过这一次。",
        sms="您定期预约的{item}（{window}）该时段已约满，请另选时间：{link}",
    ),
    Template.MESSAGE_ANSWERED: Text(
        title="客服回复了您",
        body="您关于{item}的留言，我们已回复。",
        sms="您关于{item}的留言，我们已回复，请查看：{link}",
    ),
    Template.TECHNICIAN_ASSIGNED: Text(
        title="已为您安排师傅",
        body="已为您安排{technician}（工号 {staff_number}）上门{item}，正在等待师傅确认。",
    ),
    Template.TECHNICIAN_CONFIRMED: Text(
        title="师傅已确认",
        body="{technician}（工号 {staff_number}）已接单，将于 {window} 上门{item}。",
        sms="{technician}（工号{staff_number}）已接单，将于{window}上门{item}。查看进度：{link}",
    ),
    Template.TECHNICIAN_CHANGING: Text(
        title="正在为您更换师傅",
        body="原定师傅无法上门，我们正在为您另行安排，预约时间 {window} 不变。",
        sms="您预约的{item}正在更换师傅，上门时间{window}不变。查看进度：{link}",
    ),
    Template.ON_THE_WAY: Text(
        title="师傅已出发",
        body="{technician}（工号 {staff_number}）已出发前往您处，请保持电话畅通。",
        sms="{technician}（工号{staff_number}）已出发前往您处，请保持电话畅通。实时进度：{link}",
    ),
    Template.ARRIVED: Text(
        title="师傅已到达",
        body="{technician}（工号 {staff_number}）已到达，请开门并核对工号。",
        sms="{technician}（工号{staff_number}）已到达，请开门并核对工号。",
    ),
    Template.FINISHED: Text(
        title="服务已完成，请验收",
        body="{technician}已完成{item}，请检查后验收。",
        sms="{technician}已完成{item}，请检查后验收：{link}",
    ),
    Template.NOT_DONE: Text(
        title="本次服务未能完成",
        body="很抱歉，{item}未能完成：{reason}。我们会与您联系安排后续。",
        sms="很抱歉，{item}未能完成：{reason}。我们会与您联系。查看：{link}",
    ),
    Template.REVIEW_INVITED: Text(
        title="请评价本次服务",
        body="感谢您选择我们。请花半分钟评价{technician}的{item}服务。",
        sms="感谢您选择我们，请花半分钟评价本次{item}服务：{link}",
    ),
    Template.VISIT_NEW: Text(
        title="新派单",
        body="{item}，{window}，{district}。请尽快查看并接单。",
        sms="新派单：{item}，{window}，{district}。请登录接单。",
    ),
    Template.VISIT_LAPSED: Text(
        title="派单已超时收回",
        body="{item}（{window}，{district}）未在时限内接单，已改派他人。",
    ),
    Template.VISIT_TAKEN_BACK: Text(
        title="派单已收回",
        body="调度已收回 {item}（{window}，{district}），您无需上门。",
        sms="派单收回：{item}，{window}，{district}。您无需上门。",
    ),
    Template.VISIT_RESCHEDULED: Text(
        title="上门时间已变更",
        body="客户已将{item}（{district}）改到 {window}，原派单已取消，您无需按原时间上门。",
        sms="时间变更：{item}（{district}）改到{window}，原派单已取消，您无需按原时间上门。",
    ),
    Template.VISIT_CANCELLED: Text(
        title="上门单已取消",
        body="{item}（{window}，{district}）已取消，您无需上门。",
        sms="已取消：{item}，{window}，{district}。您无需上门。",
    ),
    Template.VISIT_SIGNED_OFF: Text(
        title="已验收",
        body="{item}（{district}）已验收，本单报酬 {pay}。",
    ),
    Template.OFFER_OPENED: Text(
        title="附近有新的可抢单",
        body="{item}，{window}，{district}，报酬 {pay}。先到先得。",
    ),
    Template.WORK_OPENED: Text(
        title="待处理：{work}",
        body="{sentence} {about}",
    ),
}
REASONS: dict[str, str] = {
    "customer_absent": "家中无人",
    "no_access": "无法进入",
    "beyond_repair": "无法修复",
    "customer_refused": "您选择暂不处理",
}
OTHER_REASON = "现场情况特殊"
LETTER = "您好！\n\n{body}\n\n{link}\n\n派单 Paidan（系统邮件，请勿回复）\n"
BETWEEN = "，"
