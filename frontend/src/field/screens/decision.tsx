/** A decision that was served and recorded: shown and printed again. */
import * as app from "../app";
import { go } from "../parts/route";
import { Banner, Button, Empty } from "../parts/ui";
import { t } from "../texts";
import { Paper, paperOf } from "./paper";
import { stateText } from "./waiting";

export function Decision({ id }: { id: string }) {
  const row = app.records.value.find((one) => one.id === id);
  if (!row) return <Empty>{t("no_record")}</Empty>;
  return (
    <div class="decision">
      <div class="no-print">
        <Banner tone={row.state === "refused" ? "danger" : row.state === "flagged" ? "warn" : row.state === "waiting" ? "info" : "ok"}>
          {stateText(row)}
          {row.messages.map((message) => <p key={message}>{message}</p>)}
        </Banner>
      </div>
      <Paper {...paperOf(row)} />
      <div class="row sticky no-print">
        <Button icon="print" onClick={() => print()}>{t("print")}</Button>
        <Button main onClick={() => go("today")}>{t("to_list")}</Button>
      </div>
    </div>
  );
}
