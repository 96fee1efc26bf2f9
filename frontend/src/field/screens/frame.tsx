/** Header, warnings, the screen, and the tabs under the thumb. */
import { useEffect } from "preact/hooks";
import * as app from "../app";
import { back, route } from "../parts/route";
import { Action, Banner, Icon } from "../parts/ui";
import type { IconName } from "../parts/icons";
import { clockWrong } from "../pure/clock";
import { CLOCK_LIMIT_MS, SIGN_IN, STORAGE_REFUSE_BYTES, STORAGE_WARN_BYTES } from "../settings";
import { size, t } from "../texts";
import { whereNow } from "../work/position";
import { update } from "../work/updates";
import { CheckIn } from "./checkin";
import { Decision } from "./decision";
import { Forgetting } from "./forgetting";
import { Inspection } from "./inspection";
import { Lead } from "./lead";
import { Log } from "./log";
import { MapScreen } from "./map";
import { Me } from "./me";
import { Report } from "./report";
import { Round } from "./round";
import { Simple } from "./simple";
import { Today } from "./today";
import { Waiting } from "./waiting";

const TABS: [string, IconName][] = [["today", "list"], ["map", "map"], ["checkin", "nfc"], ["log", "book"], ["me", "user"]];
const NOTICE_MS = { ok: 2_500, warn: 6_000, danger: 12_000 };

export function Frame() {
  const { screen } = route.value;
  // Known before it is needed: recording must not wait for the satellites. Nothing of it is kept.
  useEffect(() => void (app.user.value && whereNow()), [screen]);
  if (app.gone.value) return <Gone />;
  if (app.forgetting.value) return <><Forgetting /><Notice /></>;
  const top = TABS.some(([name]) => name === screen);
  return (
    <>
      <header class="top no-print">
        {top ? <span class="brand">{t("app")}</span> : (
          <button type="button" class="back" aria-label={t("step_back")} onClick={() => back()}><Icon name="left" /></button>
        )}
        {!top && <span class="brand">{t(`screen_${screen}`)}</span>}
        <Counter />
      </header>
      <div class="no-print"><Warnings /></div>
      <main class={`screen ${screen}`}><Screen key={location.hash} /></main>
      <Notice />
      <nav class="tabs no-print" aria-label={t("app")}>
        {TABS.map(([name, icon]) => (
          <a key={name} href={`#/${name}`} aria-current={screen === name ? "page" : undefined}>
            <Icon name={icon} />
            <span>{t(`tab_${name}`)}</span>
          </a>
        ))}
      </nav>
    </>
  );
}

function Screen() {
  const { screen, id } = route.value;
  switch (screen) {
    case "lead": return <Lead id={Number(id)} />;
    case "inspection": return <Inspection id={Number(id)} />;
    case "round": return <Round id={Number(id)} />;
    case "report": return <Report />;
    case "simple": return <Simple />;
    case "decision": return <Decision id={id} />;
    case "checkin": return <CheckIn />;
    case "log": return <Log />;
    case "waiting": return <Waiting />;
    case "me": return <Me />;
    case "map": return <MapScreen />;
    default: return <Today />;
  }
}

/** What waits to be sent, on every screen. */
function Counter() {
  const waiting = app.waiting.value;
  return (
    <a class={`counter ${waiting ? "some" : ""}`} href="#/waiting">
      <span class={`dot ${app.online.value ? "on" : ""}`} aria-hidden="true" />
      <span class="sr">{app.online.value ? t("online") : t("offline")}</span>
      {waiting ? t("n_waiting", { n: waiting }) : t("all_sent")}
      {app.refused.value > 0 && <span class="count-bad">{app.refused.value}</span>}
    </a>
  );
}

function Warnings() {
  const free = app.space.value?.free ?? null;
  const offset = app.clockOffset.value;
  return (
    <>
      {app.updateReady.value && <Banner tone="info" icon="refresh">{t("update_ready")} <Action main onAct={update}>{t("update")}</Action></Banner>}
      {app.session.value === "out" && app.user.value && (
        <Banner tone="danger">{t("session_expired")} <a class="button" href={SIGN_IN}>{t("sign_in")}</a></Banner>
      )}
      {app.stopped.value && <Banner tone="danger">{t(`stop_${app.stopped.value.reason}`)} {app.stopped.value.detail}</Banner>}
      {clockWrong(offset, CLOCK_LIMIT_MS) && (
        <Banner tone="danger" icon="clock">{t(offset! > 0 ? "clock_ahead" : "clock_behind", { n: Math.round(Math.abs(offset!) / 60_000) })}</Banner>
      )}
      {free !== null && free < STORAGE_REFUSE_BYTES && <Banner tone="danger">{t("space_refused")}</Banner>}
      {free !== null && free >= STORAGE_REFUSE_BYTES && free < STORAGE_WARN_BYTES && <Banner tone="warn">{t("space_short", { free: size(free) })}</Banner>}
      {app.waitingOfOthers.value > 0 && <Banner tone="warn">{t("waiting_of_others", { n: app.waitingOfOthers.value })}</Banner>}
    </>
  );
}

function Notice() {
  const now = app.notice.value;
  useEffect(() => {
    if (!now) return;
    const timer = setTimeout(() => (app.notice.value = null), NOTICE_MS[now.tone]);
    return () => clearTimeout(timer);
  }, [now]);
  if (!now) return null;
  return (
    <div class={`notice ${now.tone} no-print`} role="status" onClick={() => (app.notice.value = null)}>
      <Icon name={now.tone} />
      {now.text}
    </div>
  );
}

function Gone() {
  return (
    <div class="welcome">
      <h2>{t(app.gone.value === "wiped" ? "wiped" : "signed_out")}</h2>
      <p>{t(app.gone.value === "wiped" ? "wiped_hint" : "signed_out_hint")}</p>
      <a class="button main" href={SIGN_IN}>{t("sign_in")}</a>
    </div>
  );
}
