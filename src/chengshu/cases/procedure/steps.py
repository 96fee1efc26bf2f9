"""The steps of a penalty case (办案步骤) and what is recorded with each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Any


class StepKind(StrEnum):
    """步骤: everything that can happen to a case; the values are what the database and the ledger hold."""

    REGISTER_LEAD = "register_lead"  # 线索登记
    CHECK = "check"  # 核查
    PROPOSE_FILING = "propose_filing"  # 立案报批
    APPROVE_FILING = "approve_filing"  # 批准立案
    REFUSE_FILING = "refuse_filing"  # 不予立案
    RECUSE = "recuse"  # 回避决定
    ASSIGN = "assign"  # 更换承办人
    INQUIRE = "inquire"  # 询问 / 现场检查 (a record of investigation)
    ADD_EVIDENCE = "add_evidence"  # 提交证据
    ORDER_RECTIFY = "order_rectify"  # 责令改正
    RECTIFY_RESULT = "rectify_result"  # 改正情况
    PRESERVE = "preserve"  # 先行登记保存
    DISPOSE_PRESERVED = "dispose_preserved"  # 先行登记保存处理
    SEIZE = "seize"  # 扣押
    EXTEND_SEIZURE = "extend_seizure"  # 延长扣押
    RELEASE_SEIZURE = "release_seizure"  # 解除扣押
    CHANGE_SUBJECT = "change_subject"  # 变更案由、当事人
    CONFIRM_MEASURE = "confirm_measure"  # 负责人确认（补办批准）扣押、先行登记保存
    REPORT = "report"  # 调查终结报告
    SEND_BACK = "send_back"  # 退回补充调查
    LEGAL_REVIEW = "legal_review"  # 法制审核
    DISCUSS = "discuss"  # 集体讨论
    NOTICE = "notice"  # 事先告知
    STATEMENT = "statement"  # 陈述申辩 (or that none was made)
    REVIEW_STATEMENT = "review_statement"  # 陈述申辩复核
    REQUEST_HEARING = "request_hearing"  # 申请听证
    HEARING_NOTICE = "hearing_notice"  # 听证通知
    HOLD_HEARING = "hold_hearing"  # 举行听证
    PROPOSE_DECISION = "propose_decision"  # 决定报批
    APPROVE_DECISION = "approve_decision"  # 决定
    SIMPLE_SCENE = "simple_scene"  # 简易程序: 表明身份、告知、听取陈述申辩
    SIMPLE_DECISION = "simple_decision"  # 当场处罚决定
    SIMPLE_RECORD = "simple_record"  # 当场处罚备案
    SERVE = "serve"  # 送达
    PAY = "pay"  # 缴款
    ALLOW_LATER_PAYMENT = "allow_later_payment"  # 延期、分期缴款
    LATE_CHARGE = "late_charge"  # 加处罚款
    REMIND = "remind"  # 催告
    APPLY_TO_COURT = "apply_to_court"  # 申请法院强制执行
    ENFORCED = "enforced"  # 强制执行完毕
    CONTEST = "contest"  # 当事人申请复议、提起诉讼
    CONTEST_ANSWER = "contest_answer"  # 提交复议答复、诉讼答辩
    CONTEST_RESULT = "contest_result"  # 复议、诉讼结果
    REFUND = "refund"  # 退还款项
    REOPEN = "reopen"  # 处罚决定被撤销后重新处理
    CLOSE = "close"  # 结案
    ARCHIVE = "archive"  # 归档
    DISCLOSE = "disclose"  # 公示
    WITHDRAW_DISCLOSURE = "withdraw_disclosure"  # 撤回公示
    TRANSFER = "transfer"  # 移送
    WITHDRAW = "withdraw"  # 撤销案件
    SUSPEND = "suspend"  # 中止
    RESUME = "resume"  # 恢复
    END = "end"  # 终止
    CORRECT = "correct"  # 更正


@dataclass(frozen=True)
class OfficerAt:
    """执法人员 as he or she stood at a step: the certificate and until when it was valid."""

    id: str
    name: str
    certificate: str = ""
    certificate_to: date | None = None
    certificate_from: date | None = None

    def certified(self, on: date) -> bool:
        """Whether a certificate was valid on the day."""
        return bool(
            self.certificate
            and (self.certificate_from is None or self.certificate_from <= on)
            and (self.certificate_to is None or on <= self.certificate_to)
        )


@dataclass(frozen=True)
class Step:
    """One step: what, when, by whom, in the presence of which officers, with which particulars.

    ``data`` holds plain values only (texts, numbers, ISO dates, lists and mappings of them), as the ledger
    keeps them; `transitions.REQUIRED` names the keys each kind must have.
    """

    kind: StepKind
    at: datetime
    by: str = ""
    officers: tuple[OfficerAt, ...] = ()
    data: Mapping[str, Any] = field(default_factory=dict)

    @property
    def day(self) -> date:
        """The local day of the step; ``at`` is taken in its own time zone."""
        return self.at.date()

    def day_of(self, key: str) -> date | None:
        """A date among the particulars."""
        value = self.data.get(key)
        if value is None or isinstance(value, date):
            return value
        return date.fromisoformat(str(value)[:10])
