/** Everything this phone has recorded, and what has become of it. */
import * as app from "../app";
import { Action, Empty, Section } from "../parts/ui";
import { dayTime, size, t } from "../texts";
import type { FileRow, RecordRow } from "../types";
import { DecidedList } from "./forgetting";
import { sync } from "../work/sync";

export function stateText(row: RecordRow): string {
  return t(`state_${row.state}`);
}

export function Waiting() {
  const rows = [...app.records.value].reverse();
  const files = new Map(app.files.value.map((file) => [file.sha256, file]));
  return (
    <>
      <div class="row">
        <Action main={app.waiting.value > 0} icon="refresh" onAct={sync}>{app.sending.value ? t("sending") : t("send_now")}</Action>
      </div>
      <DecidedList />
      <Section title={t("records")} aside={app.waiting.value ? t("n_waiting", { n: app.waiting.value }) : t("all_sent")}>
        {rows.length === 0 && <Empty>{t("no_records")}</Empty>}
        <ul class="outbox">
          {rows.map((row) => (
            <li key={row.id} class={row.state}>
              <span class="card-head">
                <strong>{t(`do_${row.kind.replace(".", "_")}`)}</strong>
                <span class={`tag ${row.state}`}>{stateText(row)}</span>
              </span>
              <span class="detail">{dayTime(row.made_at)} · {t("nr", { n: row.seq })}</span>
              {row.kind === "case.simple" && <a href={`#/decision/${row.id}`}>{String(row.about["number"])}</a>}
              {row.messages.map((message) => <p key={message} class="reason">{message}</p>)}
              {row.state === "waiting" && row.stuck && <p class="reason">{row.stuck}</p>}
              {row.state === "waiting" && row.files.map((hash) => <Progress key={hash} file={files.get(hash)} />)}
            </li>
          ))}
        </ul>
      </Section>
    </>
  );
}

function Progress({ file }: { file: FileRow | undefined }) {
  if (!file) return null;
  return (
    <div class="progress">
      <span>{file.ref.name}</span>
      <progress max={file.size} value={file.received} />
      <span>{size(file.received)} / {size(file.size)}</span>
    </div>
  );
}
