/** An inspection on site: the checklist, what follows, the signature; later the re-check. */
import { proposal } from "../../desk/onsite";
import * as app from "../app";
import { useDraft } from "../parts/draft";
import { Media } from "../parts/photos";
import { back, unlessLeft } from "../parts/route";
import { Signature } from "../parts/signature";
import { Action, Banner, Check, Choice, Empty, Field, Section, Select, Text } from "../parts/ui";
import { dayIn } from "../pure/clock";
import { ZONE } from "../settings";
import { dayTime, t } from "../texts";
import type { Entry, InspectionItem } from "../types";
import { record } from "../work/act";
import { Note } from "./note";

type Found = "yes" | "no" | "na";

interface Answer {
  found: Found | "";
  note: string;
  photos: string[];
}

interface Stated {
  answers: Record<string, Answer>;
  result: number | null;
  note: string;
  corrected: boolean;
  rectify_by: string;
  signing: "" | "signed" | "refused" | "absent";
  party_name: string;
  signature: string | null;
  unsigned_because: string;
}

const NO_ANSWER: Answer = { found: "", note: "", photos: [] };
const ORDERED = 5;
const DAY_MS = 86_400_000;

export function Inspection({ id }: { id: number }) {
  const one = app.today.value?.inspections.find((item) => item.id === id);
  if (!one) return <Empty>{t("not_on_list")}</Empty>;
  return (
    <>
      <Section>
        <div class="title-line">
          <h1>{one.object.name}</h1>
          {one.light && <span class={`light ${one.light.colour}`}>{one.light.text}</span>}
        </div>
        <dl class="facts">
          <dt>{t("number")}</dt><dd>{one.number}</dd>
          <dt>{t("place")}</dt><dd>{one.address || "—"}</dd>
          <dt>{t("team")}</dt><dd>{one.team.map((member) => member.name).join("、")}</dd>
          <dt>{t("due_label")}</dt><dd>{dayTime(one.due_on)}</dd>
        </dl>
      </Section>
      {one.state === "assigned" && (
        <div class="row"><Action main icon="pin" onAct={() => record("inspection.start", { inspection: one.id })}>{t("arrive")}</Action></div>
      )}
      {one.state === "started" && <Checklist one={one} />}
      {one.state === "ordered" && <Recheck one={one} />}
      {one.state === "closed" && <Banner tone="ok">{t("inspection_done_here")}</Banner>}
      <Note about="inspection" id={one.id} />
    </>
  );
}

function Checklist({ one }: { one: InspectionItem }) {
  const entries = one.checklist?.entries ?? [];
  const { value, set, clear } = useDraft<Stated>(`inspection-${one.id}`, {
    answers: {}, result: null, note: "", corrected: false, rectify_by: dayIn(ZONE, new Date(Date.now() + (one.rectify_days ?? 0) * DAY_MS)),
    signing: "", party_name: "", signature: null, unsigned_because: "",
  });
  const answerOf = (entry: Entry): Answer => value.answers[entry.code] ?? NO_ANSWER;
  const proposed = Number(
    proposal(entries.map((entry) => ({ found: answerOf(entry).found, result: String(entry.result) })), one.gravest_first.map(String)),
  );
  const result = value.result ?? (proposed || null);
  const answered = entries.filter((entry) => answerOf(entry).found).length;
  const change = (entry: Entry, part: Partial<Answer>): void =>
    set({ answers: { ...value.answers, [entry.code]: { ...answerOf(entry), ...part } } });
  const missing = missingIn(value, result, entries);
  const send = async (): Promise<void> => {
    const leave = unlessLeft();
    const photos = entries.flatMap((entry) => answerOf(entry).photos.map((sha256) => ({ sha256, entry: entry.code })));
    const ordered = result === ORDERED;
    const data = {
      inspection: one.id,
      answers: entries.filter((entry) => answerOf(entry).found).map((entry) => ({ code: entry.code, found: answerOf(entry).found, note: answerOf(entry).note })),
      result,
      note: value.note,
      corrected: ordered && value.corrected,
      rectify_by: ordered && !value.corrected ? value.rectify_by : null,
      signing: value.signing,
      party_name: value.party_name,
      signature: value.signing === "signed" ? value.signature : null,
      unsigned_because: value.signing === "signed" ? "" : value.unsigned_because,
      photos,
    };
    const files = [...photos.map((photo) => photo.sha256), ...(data.signature ? [data.signature] : [])];
    if (!(await record("inspection.report", data, files))) return;
    await clear();
    leave(back);
  };
  return (
    <>
      <Section title={t("checklist")} aside={`${answered} / ${entries.length}`}>
        {entries.length === 0 && <Banner tone="warn">{t("no_checklist")}</Banner>}
        <ol class="checklist">
          {entries.map((entry) => (
            <li key={entry.code} class={answerOf(entry).found ? "answered" : ""}>
              <p>{entry.text}</p>
              <Choice name={entry.text} value={answerOf(entry).found || null} onValue={(found: Found | "") => change(entry, { found })}
                options={[["no", t("found_no")], ["yes", t("found_yes")], ["na", t("found_na")]]} />
              {answerOf(entry).found === "yes" && (
                <>
                  <Media label={entry.photo ? t("photo_needed") : ""} hashes={answerOf(entry).photos} onChange={(photos) => change(entry, { photos })} />
                  <Text lines={2} max={500} placeholder={t("note_text")} value={answerOf(entry).note} onValue={(note) => change(entry, { note })} />
                </>
              )}
            </li>
          ))}
        </ol>
      </Section>
      <Section title={t("result")}>
        <Select value={result} empty={t("choose")} options={one.results.map((way) => [way.code, `${way.code} ${way.label}`] as const)} onValue={(code) => set({ result: code })} />
        {result === ORDERED && (
          <>
            <Check value={value.corrected} onValue={(corrected) => set({ corrected })}>{t("corrected_on_spot")}</Check>
            {!value.corrected && (
              <Field label={t("rectify_by")}><Text type="date" value={value.rectify_by} onValue={(rectify_by) => set({ rectify_by })} /></Field>
            )}
          </>
        )}
        <Field label={t("note")}><Text lines={2} max={1000} value={value.note} onValue={(note) => set({ note })} /></Field>
      </Section>
      <Section title={t("party_signs")}>
        <Choice name={t("party_signs")} value={value.signing || null} onValue={(signing: Stated["signing"]) => set({ signing })}
          options={[["signed", t("signs")], ["refused", t("refuses")], ["absent", t("nobody_there")]]} />
        {value.signing === "signed" && (
          <>
            <Field label={t("party_name")}><Text max={60} value={value.party_name} onValue={(party_name) => set({ party_name })} /></Field>
            <Signature label={t("party_signature")} hash={value.signature} onHash={(signature) => set({ signature })} />
          </>
        )}
        {(value.signing === "refused" || value.signing === "absent") && (
          <Field label={t("unsigned_because")} hint={t("unsigned_hint")}>
            <Text lines={2} max={200} value={value.unsigned_because} onValue={(unsigned_because) => set({ unsigned_because })} />
          </Field>
        )}
      </Section>
      {missing && <p class="missing">{missing}</p>}
      <div class="row"><Action main icon="check" disabled={missing !== ""} onAct={send}>{t("report_result")}</Action></div>
    </>
  );
}

/** The first thing that is not there yet. Results that say nobody was to be inspected need no answers. */
function missingIn(value: Stated, result: number | null, entries: Entry[]): string {
  const open = entries.filter((entry) => !value.answers[entry.code]?.found);
  const nobody = result === 4 || result === 7;
  if (!nobody && open.length) return t("need_answers", { n: open.length });
  const unseen = entries.find((entry) => entry.photo && value.answers[entry.code]?.found === "yes" && !value.answers[entry.code]!.photos.length);
  if (unseen) return t("need_entry_photo", { entry: unseen.text });
  if (result === null) return t("need_result");
  if (result === ORDERED && !value.corrected && value.rectify_by < dayIn(ZONE, new Date())) return t("need_rectify_by");
  if (!value.signing) return t("need_signing");
  if (value.signing === "signed" && (!value.signature || !value.party_name.trim())) return t("need_signature");
  if (value.signing !== "signed" && !value.unsigned_because.trim()) return t("need_witness");
  return "";
}

function Recheck({ one }: { one: InspectionItem }) {
  const { value, set, clear } = useDraft<{ complied: "" | "yes" | "no"; note: string; rectify_by: string; photos: string[] }>(
    `recheck-${one.id}`, { complied: "", note: "", rectify_by: "", photos: [] },
  );
  const send = async (): Promise<void> => {
    const leave = unlessLeft();
    const complied = value.complied === "yes";
    const rectify_by = complied || !value.rectify_by ? null : value.rectify_by;
    const photos = value.photos.map((sha256) => ({ sha256, entry: "" }));
    if (!(await record("inspection.recheck", { inspection: one.id, complied, note: value.note, rectify_by, photos }, value.photos))) return;
    await clear();
    leave(back);
  };
  return (
    <Section title={t("recheck")} aside={one.rectify_by ? dayTime(one.rectify_by) : ""}>
      <Choice name={t("recheck")} value={value.complied || null} onValue={(complied: "" | "yes" | "no") => set({ complied })}
        options={[["yes", t("complied")], ["no", t("not_complied")]]} />
      <Media hashes={value.photos} onChange={(photos) => set({ photos })} />
      {value.complied === "no" && (
        <Field label={t("later_day")} hint={t("later_day_hint")}>
          <Text type="date" value={value.rectify_by} onValue={(rectify_by) => set({ rectify_by })} />
        </Field>
      )}
      <Field label={t("note")}><Text lines={2} max={500} value={value.note} onValue={(note) => set({ note })} /></Field>
      <Action main icon="check" disabled={!value.complied} onAct={send}>{t("record_it")}</Action>
    </Section>
  );
}
