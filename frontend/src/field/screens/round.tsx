/** Re-verification: is the object of the register still as it stands there? */
import * as app from "../app";
import { useDraft } from "../parts/draft";
import { Media } from "../parts/photos";
import { back, unlessLeft } from "../parts/route";
import { Action, Choice, Empty, Field, Section, Text } from "../parts/ui";
import { t } from "../texts";
import { record } from "../work/act";

interface RoundDraft {
  outcome: string;
  note: string;
  photos: string[];
}

export function Round({ id }: { id: number }) {
  const item = app.today.value?.rounds?.find((one) => one.id === id);
  const { value, set, clear } = useDraft<RoundDraft>(`round-${id}`, { outcome: "", note: "", photos: [] });
  if (!item) return <Empty>{t("not_on_list")}</Empty>;
  const send = async (): Promise<void> => {
    const leave = unlessLeft();
    if (!(await record("round.verify", { item: item.id, outcome: value.outcome, note: value.note, photo: value.photos[0] ?? null }, value.photos))) return;
    await clear();
    leave(back);
  };
  const options = [["unchanged", t("round_unchanged")], ["closed", t("round_closed")], ["not_found", t("round_not_found")]] as const;
  return (
    <>
      <Section>
        <h1>{item.object.name}</h1>
        <dl class="facts">
          <dt>{t("round")}</dt><dd>{item.round.name}</dd>
          <dt>{t("place")}</dt><dd>{item.address || "—"}</dd>
        </dl>
      </Section>
      <Section title={t("what_is_there")}>
        <Choice name={t("what_is_there")} value={value.outcome} options={options} onValue={(outcome) => set({ outcome })} />
        <Media hashes={value.photos} onChange={(photos) => set({ photos: photos.slice(-1) })} />
        <Field label={t("note")}><Text lines={2} max={500} value={value.note} onValue={(note) => set({ note })} /></Field>
        <Action main icon="check" disabled={!value.outcome} onAct={send}>{t("record_it")}</Action>
      </Section>
    </>
  );
}
