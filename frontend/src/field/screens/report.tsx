/** Something seen on the way, reported as a lead. */
import * as app from "../app";
import { useDraft } from "../parts/draft";
import { Media } from "../parts/photos";
import { back, unlessLeft } from "../parts/route";
import { Action, Field, Section, Select, Text } from "../parts/ui";
import { t } from "../texts";
import { record } from "../work/act";

interface ReportDraft {
  class: string;
  description: string;
  address: string;
  photos: string[];
}

export function Report() {
  const { value, set, clear } = useDraft<ReportDraft>("report", { class: "", description: "", address: "", photos: [] });
  const list = app.today.value;
  const known = new Map<string, string>((list?.classes ?? []).map((one) => [one.code, one.label]));
  for (const lead of list?.leads ?? []) if (!known.has(lead.class)) known.set(lead.class, lead.class_label);
  const missing = !value.class ? t("need_class") : !value.description.trim() ? t("need_description") : "";
  const send = async (): Promise<void> => {
    const leave = unlessLeft();
    const fix = app.fix.value;
    const position = fix ? [fix.lng, fix.lat] : null;
    if (!(await record("lead.report", { ...value, position }, value.photos))) return;
    await clear();
    leave(back);
  };
  return (
    <Section title={t("report_lead")}>
      <Media hashes={value.photos} onChange={(photos) => set({ photos })} />
      <Field label={t("class")}>
        <Select value={value.class || null} empty={t("choose")} options={[...known]} onValue={(code) => set({ class: code })} />
      </Field>
      <Field label={t("description")}>
        <Text lines={3} max={1000} value={value.description} onValue={(description) => set({ description })} />
      </Field>
      <Field label={t("place")}>
        <Text max={200} value={value.address} onValue={(address) => set({ address })} />
      </Field>
      {missing && <p class="missing">{missing}</p>}
      <Action main icon="check" disabled={missing !== ""} onAct={send}>{t("record_it")}</Action>
    </Section>
  );
}
