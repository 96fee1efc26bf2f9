/** A note in words, sound or pictures on what one is looking at. */
import { useState } from "preact/hooks";
import { useDraft } from "../parts/draft";
import { Media } from "../parts/photos";
import { Action, Button, Field, Section, Text } from "../parts/ui";
import { t } from "../texts";
import { record } from "../work/act";

export function Note({ about, id }: { about: "lead" | "inspection" | "case"; id: number }) {
  const [open, setOpen] = useState(false);
  const { value, set, clear } = useDraft<{ text: string; files: string[] }>(`note-${about}-${id}`, { text: "", files: [] });
  if (!open && !value.text && !value.files.length) return <Button icon="mic" onClick={() => setOpen(true)}>{t("add_note")}</Button>;
  const send = async (): Promise<void> => {
    if (!(await record("note", { about, id, text: value.text, files: value.files }, value.files))) return;
    await clear();
    set({ text: "", files: [] });
    setOpen(false);
  };
  return (
    <Section title={t("note")}>
      <Media hashes={value.files} kinds={["photo", "audio", "video"]} onChange={(files) => set({ files })} />
      <Field label={t("note_text")}>
        <Text lines={2} max={500} value={value.text} onValue={(text) => set({ text })} />
      </Field>
      <Action icon="check" disabled={!value.text.trim() && !value.files.length} onAct={send}>{t("keep_note")}</Action>
    </Section>
  );
}
