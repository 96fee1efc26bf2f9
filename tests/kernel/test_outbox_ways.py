"""Ways out against a receiver that fails on purpose: HTTP, WeCom, e-mail, addresses that lead inside."""

from __future__ import annotations

import smtplib
import socket
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import pytest
from django.core import mail as outgoing

from chengshu.kernel.models import OutgoingMessage
from chengshu.kernel.outbox import Permanent, Temporary, mail, outside, wecom
from chengshu.kernel.outbox.channels import Failure
from chengshu.kernel.outbox.http import Answer, check, post, retry_after
from chengshu.kernel.secrets import SecretUnreadable, masked, seal, unseal
from tests.receiver import Receiver, Reply, closed_port, receiver

OK = Reply.of({"errcode": 0, "errmsg": "ok"})
KEY = "693a91f6-7xxx-4bc4-97a0-0ec2sifa5aaa"


@pytest.fixture
def there() -> Iterator[Receiver]:
    with receiver() as made:
        yield made


@pytest.fixture(autouse=True)
def _direct(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    wecom.forget_tokens()


def failure(call: Any, *args: Any, **kwargs: Any) -> Failure:
    with pytest.raises(Failure) as caught:
        call(*args, **kwargs)
    return caught.value


# --- HTTP -------------------------------------------------------------------------------------------
@pytest.mark.parametrize("status", [200, 201, 202, 204])
def test_any_2xx_is_a_yes(status: int) -> None:
    check(Answer(status, {}, b""))


@pytest.mark.parametrize("status", [408, 425, 429, 500, 502, 503, 504])
def test_these_answers_are_worth_another_try(status: int) -> None:
    assert isinstance(failure(check, Answer(status, {}, b"")), Temporary)


@pytest.mark.parametrize("status", [301, 302, 307, 400, 401, 403, 404, 410, 413, 422])
def test_these_are_not(status: int) -> None:
    assert isinstance(failure(check, Answer(status, {}, b"")), Permanent)


def test_retry_after_in_seconds_or_as_a_date() -> None:
    assert retry_after({"Retry-After": "17"}) == 17.0
    later = format_datetime(datetime.now(UTC) + timedelta(seconds=90), usegmt=True)
    assert 80 < (retry_after({"Retry-After": later}) or 0) <= 90
    assert retry_after({"Retry-After": "Wed, 21 Oct 2015 07:28:00 GMT"}) == 0.0
    assert [retry_after({"Retry-After": odd}) for odd in ("", "soon", "-3", "²")] == [None] * 4


def test_nobody_listens() -> None:
    problem = failure(post, f"http://127.0.0.1:{closed_port()}/", b"", {}, timeout=2)
    assert (type(problem), problem.text) == (Temporary, "The server cannot be reached.")


def test_no_answer_in_time(there: Receiver) -> None:
    there.then(Reply(wait=1.5))
    problem = failure(post, there.url, b"", {}, timeout=0.3)
    assert (type(problem), problem.text) == (Temporary, "No answer within %(seconds)s seconds.")


def test_a_server_that_speaks_no_tls(there: Receiver) -> None:
    assert isinstance(failure(post, there.url.replace("http", "https"), b"", {}, timeout=2), Temporary)


def test_an_endless_answer_is_not_read_to_its_end(there: Receiver) -> None:
    there.then(Reply(body=b"x" * 1_000_000))
    assert len(post(there.url, b"", {}, timeout=2).body) == 64 * 1024


# --- group robots -----------------------------------------------------------------------------------
def robot(there: Receiver, text: str = "**积压**") -> None:
    wecom.send_to_robot(there.url, KEY, text, timeout=0.5)


def test_a_robot_gets_markdown(there: Receiver) -> None:
    there.then(OK)
    robot(there)
    (request,) = there.requests
    assert request.path == f"/cgi-bin/webhook/send?key={KEY}"
    assert request.data == {"msgtype": "markdown", "markdown": {"content": "**积压**"}}


def test_a_long_message_is_cut_at_a_character(there: Receiver) -> None:
    there.then(OK)
    robot(there, "线" * 3000)
    content = there.requests[0].data["markdown"]["content"]
    assert len(content.encode()) <= wecom.MARKDOWN_BYTES
    assert content.endswith("线…")


@pytest.mark.parametrize(
    ("reply", "kind", "pause"),
    [
        (Reply.of({"errcode": 45009, "errmsg": "api freq out of limit"}), Temporary, 60.0),
        (Reply.of({"errcode": -1, "errmsg": "system busy"}), Temporary, None),
        (Reply.of({"errcode": 93000, "errmsg": "invalid webhook url"}), Permanent, None),
        (Reply.of({"errcode": 40058, "errmsg": "invalid content"}), Permanent, None),
        (Reply(body=b"<html>login</html>"), Temporary, None),
        (Reply(body=b'{"errcode": 0'), Temporary, None),
        (Reply.of([1, 2]), Temporary, None),
        (Reply.of({"errmsg": "ok"}), Temporary, None),
        (Reply(500), Temporary, None),
        (Reply(429, headers={"Retry-After": "9"}), Temporary, 9.0),
        (Reply(404), Permanent, None),
        (Reply(302, headers={"Location": "http://10.0.0.1/"}), Permanent, None),
        (Reply(wait=1.5), Temporary, None),
    ],
)
def test_what_a_robot_may_answer(
    reply: Reply, kind: type[Failure], pause: float | None, there: Receiver
) -> None:
    there.then(reply)
    problem = failure(robot, there)
    assert type(problem) is kind
    assert getattr(problem, "retry_after", None) == pause
    assert KEY not in f"{problem} {problem.values}"
    assert len(there.requests) == 1, "a redirect is not followed"


@pytest.mark.parametrize(
    ("text", "key"),
    [
        (KEY, KEY),
        (f" https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key={KEY} ", KEY),
        ("https://qyapi.weixin.qq.com/cgi-bin/webhook/send", ""),
        ("short", ""),
        ("a b c d e f g h", ""),
        ("key/../../x?&=123", ""),
    ],
)
def test_the_key_of_a_robot_is_found_in_its_address(text: str, key: str) -> None:
    assert wecom.robot_key(text) == key


# --- application messages ---------------------------------------------------------------------------
TOKEN = Reply.of({"errcode": 0, "access_token": "tok-1", "expires_in": 7200})
NEW_TOKEN = Reply.of({"errcode": 0, "access_token": "tok-2", "expires_in": 7200})


def tell(there: Receiver, url: str = "https://cs.example.cn/notices/1/") -> None:
    app = wecom.App(there.url, "ww1", 1000002, "app-secret")
    wecom.send_to_person(app, "zhangsan", "线索超期", "长寿路 12 号", url, timeout=0.5)


def test_the_token_is_fetched_once(there: Receiver) -> None:
    there.then(TOKEN, OK, OK)
    tell(there)
    tell(there, url="")
    paths = [request.path.partition("?")[0] for request in there.requests]
    assert paths == ["/cgi-bin/gettoken", "/cgi-bin/message/send", "/cgi-bin/message/send"]
    card, text = there.requests[1].data, there.requests[2].data
    assert (card["touser"], card["agentid"], card["msgtype"]) == ("zhangsan", 1000002, "textcard")
    assert text["text"]["content"] == "线索超期\n长寿路 12 号"


@pytest.mark.parametrize("code", [40014, 42001])
def test_an_old_token_is_renewed_and_the_message_sent(code: int, there: Receiver) -> None:
    there.then(TOKEN, Reply.of({"errcode": code}), NEW_TOKEN, OK)
    tell(there)
    assert there.requests[-1].path.endswith("access_token=tok-2")


def test_a_token_that_stays_old_is_tried_again_later(there: Receiver) -> None:
    there.then(TOKEN, Reply.of({"errcode": 42001}), NEW_TOKEN, Reply.of({"errcode": 42001}))
    assert isinstance(failure(tell, there), Temporary)
    assert len(there.requests) == 4


@pytest.mark.parametrize(
    ("replies", "kind"),
    [
        ([Reply.of({"errcode": 40001, "errmsg": "invalid secret app-secret"})], Temporary),
        ([Reply.of({"errcode": 0})], Temporary),
        ([Reply(503)], Temporary),
        ([TOKEN, Reply.of({"errcode": 0, "invaliduser": "ZhangSan"})], Permanent),
        ([TOKEN, Reply.of({"errcode": 81013})], Permanent),
        ([TOKEN, Reply.of({"errcode": 60020})], Temporary),
    ],
)
def test_what_may_go_wrong_with_an_application(
    replies: list[Reply], kind: type[Failure], there: Receiver
) -> None:
    there.then(*replies)
    problem = failure(tell, there)
    assert type(problem) is kind
    assert "app-secret" not in f"{problem} {problem.values}"


# --- e-mail -----------------------------------------------------------------------------------------
def letter(target: str = "li@example.cn") -> OutgoingMessage:
    return OutgoingMessage(pk=7, uid="n1", target=target, payload={"subject": "超期\n线索", "text": "见链接"})


def test_a_mail_has_one_line_of_subject_and_the_same_id_at_every_attempt(settings: Any) -> None:
    settings.MAIL_READY = True
    mail.prepare(letter())()
    mail.prepare(letter())()
    first, second = outgoing.outbox
    assert (first.subject, first.to) == ("超期 线索", ["li@example.cn"])
    assert first.extra_headers["Message-ID"] == second.extra_headers["Message-ID"]


@pytest.mark.parametrize("target", ["", "nobody", "a@b\nBcc: c@d.cn", "a@"])
def test_an_invalid_address_is_final(target: str, settings: Any) -> None:
    settings.MAIL_READY = True
    assert isinstance(failure(mail.prepare, letter(target)), Permanent)


def test_without_a_mail_server_it_says_so() -> None:
    assert failure(mail.prepare, letter()).text == "No mail server is set up."


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (smtplib.SMTPRecipientsRefused({"li@example.cn": (550, b"no such user")}), Permanent),
        (smtplib.SMTPRecipientsRefused({"li@example.cn": (450, b"mailbox busy")}), Temporary),
        (smtplib.SMTPDataError(554, b"spam"), Permanent),
        (smtplib.SMTPSenderRefused(553, b"who?", "x"), Temporary),
        (smtplib.SMTPAuthenticationError(535, b"no"), Temporary),
        (smtplib.SMTPServerDisconnected(), Temporary),
        (ConnectionRefusedError(), Temporary),
        (TimeoutError(), Temporary),
    ],
)
def test_what_a_mail_server_may_answer(
    error: Exception, kind: type[Failure], settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.MAIL_READY = True

    def refuse(_self: Any) -> None:
        raise error

    monkeypatch.setattr("django.core.mail.EmailMessage.send", refuse)
    assert type(failure(mail.prepare(letter()))) is kind


def test_an_address_is_shown_masked() -> None:
    assert mail.hide("wangwu@example.cn") == "w***@example.cn"


# --- addresses that lead inside -----------------------------------------------------------------------
@pytest.mark.parametrize(
    "url",
    [
        "http://example.cn/",
        "ftp://example.cn/",
        "https://",
        "https:///x",
        "https://u:p@example.cn/",
        "https://example.cn/#x",
        "https://exa mple.cn/",
        "https://example.cn:99999/",
        "https://[::1/",
        "https://127.0.0.1/",
        "https://10.1.2.3/",
        "https://169.254.169.254/latest/meta-data/",
        "https://100.64.0.1/",
        "https://0.0.0.0/",
        "https://[::1]/",
        "https://[::ffff:10.0.0.1]/",
        "https://[fd00::1]/",
        "https://[fe80::1]/",
        "https://[64:ff9b::a00:1]/",
        "https://[2002:a00:1::]/",
        "https://224.0.0.1/",
        "https://例子.cn/",
    ],
)
def test_addresses_that_are_refused_as_they_stand(url: str) -> None:
    assert outside.problem_of(url)


def test_a_public_address_is_fine() -> None:
    assert outside.problem_of("https://hooks.example.cn:8443/chengshu?x=1") == ""


def resolves_to(monkeypatch: pytest.MonkeyPatch, *addresses: str) -> None:
    found = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, 443)) for address in addresses]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_a, **_k: found)


@pytest.mark.parametrize(
    "address", ["127.0.0.1", "10.0.0.1", "192.168.1.1", "169.254.169.254", "::1", "fe80::1%2"]
)
def test_a_name_that_leads_inside_is_refused_when_sending(
    address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    resolves_to(monkeypatch, "93.184.216.34", address)
    assert isinstance(failure(outside.session_for, "https://hooks.example.cn/"), Permanent)


def test_the_connection_goes_to_the_address_that_was_checked(
    there: Receiver, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.WEBHOOK_HTTP, settings.WEBHOOK_ALLOW = True, ["127.0.0.0/8"]
    port = there.url.rpartition(":")[2]
    with monkeypatch.context() as patch:
        resolves_to(patch, "127.0.0.1")
        session = outside.session_for(f"http://hooks.example.cn:{port}/x")
    # by now the name leads nowhere: who asked again would fail
    post(f"http://hooks.example.cn:{port}/x", b"{}", {}, timeout=2, session=session)
    assert there.requests[0].headers["Host"] == f"hooks.example.cn:{port}"


def test_an_allowed_host_may_lie_inside(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.WEBHOOK_ALLOW = ["hooks.intra.gov.cn"]
    resolves_to(monkeypatch, "10.0.0.8")
    assert outside.resolve("hooks.intra.gov.cn", 443) == "10.0.0.8"
    assert isinstance(failure(outside.resolve, "other.intra.gov.cn", 443), Permanent)


# --- secrets ----------------------------------------------------------------------------------------
def test_a_sealed_secret_opens_only_with_the_key(settings: Any) -> None:
    sealed = seal("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
    assert "MfKQ" not in sealed
    assert unseal(sealed).endswith("LaLaSw")
    assert masked(sealed) == "••••LaSw"
    old, settings.SECRET_KEY = settings.SECRET_KEY, "another"
    with pytest.raises(SecretUnreadable):
        unseal(sealed)
    assert masked(sealed) == "••••"
    settings.SECRET_KEY_FALLBACKS = [old]
    assert unseal(sealed).endswith("LaLaSw")
