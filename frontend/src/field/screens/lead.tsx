/** One lead: what it is about, and the next step on it. */
import * as app from "../app";
import { useDraft } from "../parts/draft";
import { Media } from "../parts/photos";
import { back, go, unlessLeft } from "../parts/route";
import { Action, Banner, Button, Choice, Empty, Field, Icon, Section, Text } from "../parts/ui";
import { dayIn } from "../pure/clock";
import { ZONE } from "../settings";
import { dayTime, t } from "../texts";
import type { LeadItem } from "../types";
import { record } from "../work/act";
import { Note } from "./note";

interface LeadDraft {
  way: "" | "advised" | "unfounded" | "legal" | "not_ours" | "order" | "complied" | "not_complied";
  note: string;
  photos: string[];
  recheck_on: string;
}

const PUT_RIGHT = ["advised", "complied"]; // only then something was handled that photos can show afterwards
const EMPTY: LeadDraft = { way: "", note: "", photos: [], recheck_on: "" };

export function Lead({ id }: { id: number }) {
  const lead = app.today.value?.leads.find((one) => one.id === id);
  if (!lead) return <Empty>{t("not_on_list")}</Empty>;
  return (
    <>
      <Facts lead={lead} />
      {lead.actions.length === 0 ? <Banner tone="ok">{t("lead_done_here")}</Banner> : <Work lead={lead} />}
      <Note about="lead" id={lead.id} />
    </>
  );
}

function Facts({ lead }: { lead: LeadItem }) {
  return (
    <Section>
      <div class="title-line">
        <h1>{lead.class_label || lead.class}</h1>
        {lead.light && <span class={`light ${lead.light.colour}`}>{lead.light.text}</span>}
      </div>
      <p class="lead-text">{lead.description}</p>
      <dl class="facts">
        <dt>{t("number")}</dt><dd>{lead.number}</dd>
        <dt>{t("place")}</dt><dd>{lead.address || "—"}</dd>
        {lead.object && <><dt>{t("object")}</dt><dd>{lead.object.name}</dd></>}
        {lead.due && <><dt>{t("due_label")}</dt><dd>{dayTime(lead.due)}</dd></>}
        {lead.recheck_on && <><dt>{t("recheck_on")}</dt><dd>{dayTime(lead.recheck_on)}</dd></>}
      </dl>
      {lead.position && (
        <a class="button" href={`geo:${lead.position[1]},${lead.position[0]}`}>
          <Icon name="map" />
          <span>{t("navigate")}</span>
        </a>
      )}
    </Section>
  );
}

function Work({ lead }: { lead: LeadItem }) {
  const { value, set, clear } = useDraft<LeadDraft>(`lead-${lead.id}`, EMPTY);
  const can = (action: string): boolean => lead.actions.includes(action);
  const recheck = can("recheck") && lead.recheck_on;
  const ways: [LeadDraft["way"], string][] = recheck
    ? [["complied", t("complied")], ["not_complied", t("not_complied")]]
    : [
        ...(can("handle") ? ([["advised", t("way_advised")]] as [LeadDraft["way"], string][]) : []),
        ...(can("order") ? ([["order", t("way_order")]] as [LeadDraft["way"], string][]) : []),
        ...(can("handle") ? ([["unfounded", t("way_unfounded")], ["legal", t("way_legal")], ["not_ours", t("way_not_ours")]] as [LeadDraft["way"], string][]) : []),
      ];
  const missing = missingIn(value, lead);
  const send = async (): Promise<void> => {
    const leave = unlessLeft();
    if (!(await record(...recordOf(lead, value)))) return;
    await clear();
    leave(back);
  };
  return (
    <>
      <div class="row">
        {can("accept") && <Action main={!can("arrive")} onAct={() => record("lead.accept", { lead: lead.id })}>{t("accept")}</Action>}
        {can("arrive") && <Action main icon="pin" onAct={() => record("lead.arrive", { lead: lead.id })}>{t("arrive")}</Action>}
      </div>
      {ways.length > 0 && (
        <Section title={recheck ? t("recheck") : t("handle")}>
          <Choice name={t("handle")} value={value.way} options={ways} onValue={(way) => set({ way })} />
          {!recheck && app.permissions.value.includes("cases.work") && (
            <Button icon="scale" onClick={() => go(`simple?lead=${lead.id}`)}>{t("way_case")}</Button>
          )}
          {value.way && (
            <>
              <Media label={photosLabel(value, lead)} hashes={value.photos} onChange={(photos) => set({ photos })} />
              {value.way === "order" && (
                <Field label={t("recheck_on")}>
                  <Text type="date" value={value.recheck_on} onValue={(recheck_on) => set({ recheck_on })} />
                </Field>
              )}
              <Field label={noteLabel(value)}>
                <Text lines={3} max={500} value={value.note} onValue={(note) => set({ note })} />
              </Field>
              {missing && <p class="missing">{missing}</p>}
              <Action main icon="check" disabled={missing !== ""} onAct={send}>{t("record_it")}</Action>
            </>
          )}
        </Section>
      )}
    </>
  );
}

function photosLabel(value: LeadDraft, lead: LeadItem): string {
  return PUT_RIGHT.includes(value.way) ? t("photos_wanted", { n: lead.photos_needed }) : t("photos_of_place");
}

function noteLabel(value: LeadDraft): string {
  if (value.way === "legal") return t("permit_or_reason");
  return ["unfounded", "not_complied"].includes(value.way) ? t("what_was_found") : t("what_was_done");
}

function missingIn(value: LeadDraft, lead: LeadItem): string {
  if (!value.note.trim()) {
    if (value.way === "legal") return t("need_permit");
    return ["unfounded", "not_complied"].includes(value.way) ? t("need_found") : t("need_note");
  }
  if (PUT_RIGHT.includes(value.way) && value.photos.length < lead.photos_needed) {
    return t("need_photos", { n: lead.photos_needed - value.photos.length });
  }
  if (value.way === "order" && value.recheck_on < dayIn(ZONE, new Date())) return t("need_recheck_day");
  return "";
}

function recordOf(lead: LeadItem, value: LeadDraft): [string, Record<string, unknown>, string[]] {
  const { note, photos, way } = value;
  const taken = photos.map((sha256) => ({ sha256, moment: PUT_RIGHT.includes(way) ? "closing" : "other" }));
  if (way === "order") return ["lead.order", { lead: lead.id, recheck_on: value.recheck_on, note, photos: taken }, photos];
  if (way === "complied" || way === "not_complied") {
    return ["lead.recheck", { lead: lead.id, complied: way === "complied", note, photos: taken }, photos];
  }
  return ["lead.handle", { lead: lead.id, outcome: way, note, photos: taken }, photos];
}
