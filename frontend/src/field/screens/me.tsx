/** Me and this phone: what is kept of me, language, storage, signing out. */
import * as app from "../app";
import { keep } from "../data/db";
import { Action, Banner, Button, Check, Choice, Section } from "../parts/ui";
import { mayRecord } from "../pure/duty";
import { language, loadTexts, size, t } from "../texts";
import { attend } from "../work/position";
import { signOut } from "../work/sync";

export function Me() {
  const person = app.user.value;
  const running = mayRecord(app.duty.value, app.recording.value, Date.now());
  const switchRecording = (on: boolean): void => {
    app.recording.value = on;
    void keep(app.base.db, "recording", on);
    attend();
  };
  const leave = async (): Promise<void> => {
    if (!(await signOut())) app.say(t("sign_out_refused", { n: app.waiting.value }), "danger");
  };
  return (
    <>
      <Section title={person?.name ?? t("nobody")}>
        <p>{person?.unit}</p>
        {!person && <a class="button main" href="/accounts/login/?next=/field/">{t("sign_in")}</a>}
      </Section>
      <Section title={t("positions")}>
        <p>{t("positions_kept")}</p>
        <Check value={app.recording.value} onValue={switchRecording}>{t("record_positions")}</Check>
        <Banner tone={running ? "ok" : "info"}>{running ? t("recording_now") : t("not_recording")}</Banner>
      </Section>
      <Section title={t("language")}>
        <Choice name={t("language")} value={language.value} options={[["zh-hans", "中文"], ["en", "English"]]} onValue={(code) => void loadTexts(code)} />
      </Section>
      <Section title={t("this_phone")}>
        <dl class="facts">
          <dt>{t("device_id")}</dt><dd class="mono">{app.device.value?.id.slice(-12) ?? "—"}</dd>
          <dt>{t("version")}</dt><dd class="mono">{app.base.version || "—"}</dd>
          <dt>{t("clock_off")}</dt><dd>{app.clockOffset.value === null ? "—" : t("seconds", { n: Math.round(app.clockOffset.value / 1000) })}</dd>
          {app.space.value && <><dt>{t("free_space")}</dt><dd>{size(app.space.value.free)}</dd></>}
          {app.space.value && <><dt>{t("kept_safe")}</dt><dd>{app.space.value.persisted ? t("yes") : t("not_promised")}</dd></>}
        </dl>
      </Section>
      {person && (
        <Section title={t("sign_out")}>
          <p class="hint">{t("sign_out_hint")}</p>
          {app.waiting.value > 0 ? (
            <>
              <Banner tone="warn">{t("sign_out_refused", { n: app.waiting.value })}</Banner>
              <Button disabled>{t("sign_out")}</Button>
            </>
          ) : (
            <Action danger onAct={leave}>{t("sign_out")}</Action>
          )}
        </Section>
      )}
    </>
  );
}
