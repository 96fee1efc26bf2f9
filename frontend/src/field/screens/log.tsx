/** The duty log: what it holds so far, my line, my signature; and the equipment I have. */
import { useState } from "preact/hooks";
import * as app from "../app";
import { useDraft } from "../parts/draft";
import { Action, Banner, Empty, Field, Section, Select, Text } from "../parts/ui";
import { clockTime, dayTime, t } from "../texts";
import type { DutyLogView, EquipmentItem } from "../types";
import { record } from "../work/act";
import { fresh } from "../work/sync";

export function Log() {
  const list = app.today.value;
  if (!list) return <Empty>{t("no_list_offline")}</Empty>;
  return (
    <>
      {list.log ? <LogCard log={list.log} /> : <Empty>{t("no_log")}</Empty>}
      <Equipment items={list.equipment} colleagues={list.colleagues.filter((one) => one.id !== app.user.value?.id)} />
    </>
  );
}

function LogCard({ log }: { log: DutyLogView }) {
  const { value, set, clear } = useDraft<{ line: string }>(`log-${log.duty}`, { line: log.line });
  const unsent = app.waiting.value > 0;
  const early = Date.now() < Date.parse(log.sign_from);
  const { deeds } = log.composed;
  const open = log.state === "open" || log.state === "returned";
  const line = async (): Promise<void> => {
    if (await record("log.line", { duty: log.duty, line: value.line })) await clear();
  };
  const sign = async (): Promise<void> => {
    await fresh(); // nobody signs what has grown since it was read: the server would refuse it for good
    if ((app.today.value?.log?.digest ?? log.digest) !== log.digest) return app.say(t("log_grown"), "warn");
    await record("log.sign", { duty: log.duty, digest: log.digest, name: app.user.value?.name });
  };
  return (
    <Section title={t("duty_log")} aside={log.state_label}>
      {log.returned_because && <Banner tone="warn">{t("log_returned_because", { why: log.returned_because })}</Banner>}
      {log.faults.map((fault) => <p key={fault} class="missing">{fault}</p>)}
      <ul class="log">
        {deeds.map((deed) => (
          <li key={deed.at + deed.text}><time>{clockTime(deed.at)}</time><span>{deed.text}</span></li>
        ))}
      </ul>
      {deeds.length === 0 && <Empty>{t("log_empty")}</Empty>}
      {open && (
        <>
          <Field label={t("my_line")}><Text lines={2} max={500} value={value.line} onValue={(text) => set({ line: text })} /></Field>
          {value.line.trim() !== log.line && <Action icon="edit" onAct={line}>{t("keep_line")}</Action>}
          {unsent && <Banner tone="info">{t("log_unsent")}</Banner>}
          <p class="hint">{early ? t("sign_from", { at: dayTime(log.sign_from) }) : t("sign_by", { at: dayTime(log.sign_by) })}</p>
          <p class="digest">{t("digest")} <code>{log.digest}</code></p>
          <Action main icon="check" disabled={unsent || early || !log.digest} onAct={sign}>
            {t("sign_log")}
          </Action>
        </>
      )}
    </Section>
  );
}

function Equipment({ items, colleagues }: { items: EquipmentItem[]; colleagues: { id: number; name: string }[] }) {
  const [handing, setHanding] = useState<number | null>(null);
  const [to, setTo] = useState<number | null>(null);
  const handOver = async (id: number): Promise<void> => {
    if (to && (await record("equipment.hand_over", { equipment: id, to }))) setHanding(null);
  };
  if (!items.length) return null;
  return (
    <Section title={t("equipment")}>
      <ul class="things">
        {items.map((thing) => (
          <li key={thing.id}>
            <div><strong>{thing.name}</strong><span class="detail">{thing.code}{thing.with && !thing.mine ? ` · ${thing.with}` : ""}</span></div>
            {thing.mine ? (
              <div class="row tight">
                <Action onAct={() => record("equipment.return", { equipment: thing.id })}>{t("give_back")}</Action>
                <Action onAct={async () => setHanding(handing === thing.id ? null : thing.id)}>{t("hand_over")}</Action>
              </div>
            ) : (
              <Action disabled={Boolean(thing.with)} onAct={() => record("equipment.take", { equipment: thing.id })}>{t("take")}</Action>
            )}
            {handing === thing.id && (
              <div class="row tight">
                <Select value={to} empty={t("choose")} options={colleagues.map((one) => [one.id, one.name] as const)} onValue={setTo} />
                <Action main disabled={!to} onAct={() => handOver(thing.id)}>{t("hand_over")}</Action>
              </div>
            )}
          </li>
        ))}
      </ul>
    </Section>
  );
}
