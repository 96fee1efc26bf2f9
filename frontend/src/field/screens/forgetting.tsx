/** The bureau wants the phone to forget everything: only what still waits is left, and the way to send it. */
import * as app from "../app";
import { Action, Banner, Section } from "../parts/ui";
import { SIGN_IN } from "../settings";
import { dayTime, t } from "../texts";
import { giveUp, serve } from "../work/decided";
import { sync } from "../work/sync";

export function Forgetting() {
  const signedOut = app.session.value === "out";
  return (
    <main class="screen">
      <Banner tone="danger">{t("forgetting")}</Banner>
      <p>{t("forgetting_hint", { n: app.waiting.value })}</p>
      {signedOut ? <a class="button main" href={SIGN_IN}>{t("sign_in")}</a> : <Action main icon="refresh" onAct={sync}>{t("send_now")}</Action>}
      <DecidedList />
    </main>
  );
}

/** Decisions of which the phone does not know whether they were handed over. */
export function DecidedList() {
  const found = app.decided.value;
  if (!found.length) return null;
  return (
    <Section title={t("decided_not_served")}>
      <p class="hint">{t("decided_hint")}</p>
      <ul class="outbox">
        {found.map((one) => (
          <li key={one.key} class="waiting">
            <strong>{one.number}</strong>
            <span class="detail">{dayTime(one.decided_at)}</span>
            <div class="row">
              <Action danger onAct={() => giveUp(one)}>{t("not_served")}</Action>
              <Action main icon="check" onAct={() => serve(one)}>{t("served")}</Action>
            </div>
          </li>
        ))}
      </ul>
    </Section>
  );
}
