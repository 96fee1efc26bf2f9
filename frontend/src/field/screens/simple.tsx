/** The on-the-spot case: from the facts to the decision in the party's hand, step by step under one thumb. */
import { useState } from "preact/hooks";
import * as app from "../app";
import { keep, recall } from "../data/db";
import { authoritiesOn, left, nextNumber } from "../law";
import { useDraft } from "../parts/draft";
import { Media } from "../parts/photos";
import { go, route, unlessLeft } from "../parts/route";
import { Signature } from "../parts/signature";
import { Action, Banner, Button, Check, Choice, Empty, Field, Section, Select, Text } from "../parts/ui";
import { dayIn, localIso } from "../pure/clock";
import { type LawCause, allowed, limitFor, on, rangeFor } from "../pure/limits";
import { ZONE } from "../settings";
import { named, t } from "../texts";
import { serve } from "../work/decided";
import { numbersUsed } from "../work/sync";
import { whereNow } from "../work/position";
import { Paper } from "./paper";
import { STEPS, type SimpleDraft, authorityOf, changed, decisionOf, emptyDraft, missingAt, wantedOf } from "./simple-draft";

interface StepProps {
  draft: SimpleDraft;
  set: (change: Partial<SimpleDraft>) => void;
}

const MOST_HITS = 12;

export function Simple() {
  const leadId = Number(route.value.query.get("lead")) || null;
  const kept = useDraft<SimpleDraft>(`simple-${leadId ?? "new"}`, startOf(leadId));
  const { value: draft, ready } = kept;
  const set = (change: Partial<SimpleDraft>): void => kept.set(changed(draft, change));
  const law = app.law.value;
  if (!ready) return null;
  if (STEPS[draft.step] === "decision" && draft.decision) return <Decision draft={draft} set={set} id={kept.key} />;
  if (!law) return <Empty>{t("no_law")}</Empty>;
  const cause = law.causes.find((one) => one.code === draft.cause) ?? null;
  const authority = authorityOf(draft, law);
  const number = draft.number || (authority && nextNumber(app.blocks.value, authority.word, numbersUsed(), Date.now()));
  const missing = missingAt(draft.step, draft, cause, law, number);
  const next = async (): Promise<void> => {
    const last = STEPS[draft.step] === "signing";
    if (last && !draft.number) await takeNumber(number!);
    const data = decisionOf(draft, law, number!, app.user.value!.id, aboutLead(leadId));
    const files = [...draft.photos, ...Object.values(data.signatures).filter((hash): hash is string => hash !== null)];
    const position = last ? await whereNow() : null;
    const decided_at = draft.decided_at || localIso(new Date());
    set({ step: draft.step + 1, ...(last ? { number: number!, decided_at, decision: { data, files, position } } : {}) });
    if (last) await kept.save(); // it may be handed over now: it must outlive whatever happens to the page
    scrollTo(0, 0);
  };
  return (
    <>
      {Date.parse(law.valid_until) < Date.now() && <Banner tone="warn">{t("law_old")}</Banner>}
      <ol class="steps" aria-label={t("simple_case")}>
        {STEPS.slice(0, -1).map((step, at) => (
          <li key={step} class={at === draft.step ? "now" : at < draft.step ? "past" : ""}>
            <button type="button" disabled={at > draft.step} onClick={() => set({ step: at })}>{t(`step_${step}`)}</button>
          </li>
        ))}
      </ol>
      {STEPS[draft.step] === "act" && <Act draft={draft} set={set} cause={cause} />}
      {STEPS[draft.step] === "party" && <PartyStep draft={draft} set={set} />}
      {STEPS[draft.step] === "hearing" && <Hearing draft={draft} set={set} />}
      {STEPS[draft.step] === "penalty" && cause && <Penalty draft={draft} set={set} cause={cause} />}
      {STEPS[draft.step] === "signing" && <Signing draft={draft} set={set} number={number} lead={aboutLead(leadId)} />}
      {missing.length > 0 && <ul class="missing">{missing.map((line) => <li key={line}>{line}</li>)}</ul>}
      <div class="row sticky">
        {draft.step > 0 && <Button onClick={() => set({ step: draft.step - 1 })}>{t("step_back")}</Button>}
        <Action main disabled={missing.length > 0} onAct={next}>{STEPS[draft.step] === "signing" ? t("show_decision") : t("go_on")}</Action>
      </div>
    </>
  );
}

/** A case that follows from a lead begins with what the lead says. */
function startOf(leadId: number | null): SimpleDraft {
  const lead = app.today.value?.leads.find((one) => one.id === leadId);
  return { ...emptyDraft(), ...(lead ? { address: lead.address, facts: lead.description } : {}) };
}

/** From here on no other decision on this phone gets the number, also where this one is given up. */
async function takeNumber(number: string): Promise<void> {
  const taken = (await recall<string[]>(app.base.db, "numbers")) ?? [];
  await keep(app.base.db, "numbers", [...taken, number]);
  app.numbersTaken.value = [...taken, number];
}

function Act({ draft, set, cause }: StepProps & { cause: LawCause | null }) {
  const [search, setSearch] = useState("");
  const law = app.law.value!;
  const hits = law.causes.filter((one) => search && `${one.name} ${one.name_en ?? ""} ${one.code}`.toLowerCase().includes(search.toLowerCase())).slice(0, MOST_HITS);
  const rule = cause && on(cause.rules, draft.act_on);
  const towns = authoritiesOn(law, dayIn(ZONE, new Date()));
  return (
    <Section title={t("step_act")}>
      {cause ? (
        <div class="picked">
          <strong>{named(cause)}</strong>
          {rule && <span class="hint">{t("breach_and_penalty", { breach: rule.breach, penalty: rule.penalty })}</span>}
          {rule && !rule.verified && <Banner tone="warn">{t("law_unverified")}</Banner>}
          {rule?.mode === "after_order" && <Banner tone="warn">{t("law_after_order")}</Banner>}
          {(cause.exemptions ?? []).map((one) => <p key={one.name} class="hint">{t("exemption_hint", { name: named(one) })}</p>)}
          <Button onClick={() => set({ cause: "" })}>{t("other_cause")}</Button>
        </div>
      ) : (
        <>
          <Field label={t("cause")} hint={t("cause_hint", { n: law.causes.length })}><Text type="search" value={search} onValue={setSearch} /></Field>
          <ul class="hits">
            {hits.map((one) => <li key={one.code}><button type="button" onClick={() => set({ cause: one.code, tier: "", fine: 0 })}>{named(one)}</button></li>)}
          </ul>
        </>
      )}
      {towns.length > 1 && (
        <Field label={t("town")}>
          <Select value={draft.town || null} empty={t("choose")} options={towns.map((one) => [one.town, one.town_name] as const)} onValue={(town) => set({ town })} />
        </Field>
      )}
      <Field label={t("act_on")}><Text type="date" value={draft.act_on} onValue={(act_on) => set({ act_on })} /></Field>
      <Field label={t("place")}><Text max={300} value={draft.address} onValue={(address) => set({ address })} /></Field>
      <Field label={t("facts")}><Text lines={4} max={500} value={draft.facts} onValue={(facts) => set({ facts })} /></Field>
      <Media label={t("evidence_photos")} hashes={draft.photos} onChange={(photos) => set({ photos })} />
    </Section>
  );
}

function PartyStep({ draft, set }: StepProps) {
  const { party } = draft;
  const change = (part: Partial<typeof party>): void => set({ party: { ...party, ...part } });
  const organisation = party.kind === "organisation";
  return (
    <Section title={t("step_party")}>
      <Choice name={t("step_party")} value={party.kind} options={[["person", t("person")], ["organisation", t("organisation")]]} onValue={(kind: typeof party.kind) => change({ kind })} />
      <Field label={organisation ? t("organisation_name") : t("person_name")}><Text max={200} value={party.name} onValue={(name) => change({ name })} /></Field>
      <Field label={organisation ? t("credit_code") : t("id_number")}><Text max={40} value={party.id_number} onValue={(id_number) => change({ id_number })} /></Field>
      {organisation && <Field label={t("representative")}><Text max={60} value={party.representative} onValue={(representative) => change({ representative })} /></Field>}
      <Field label={t("phone")}><Text mode="tel" max={30} value={party.phone} onValue={(phone) => change({ phone })} /></Field>
      <Field label={t("party_address")}><Text max={300} value={party.address} onValue={(address) => change({ address })} /></Field>
    </Section>
  );
}

function Hearing({ draft, set }: StepProps) {
  return (
    <Section title={t("step_hearing")}>
      <Check value={draft.id_shown} onValue={(id_shown) => set({ id_shown })}>{t("id_shown")}</Check>
      <Check value={draft.told} onValue={(told) => set({ told })}>{t("told")}</Check>
      <Check value={draft.heard} onValue={(heard) => set({ heard })}>{t("heard")}</Check>
      <Field label={t("statement")} hint={t("statement_hint")}><Text lines={3} max={500} value={draft.statement} onValue={(statement) => set({ statement })} /></Field>
    </Section>
  );
}

function Penalty({ draft, set, cause }: StepProps & { cause: LawCause }) {
  const law = app.law.value!;
  const rule = on(cause.rules, draft.act_on);
  const range = rule && rangeFor(rule, draft.party.kind);
  const may = allowed(cause, law.thresholds, wantedOf(draft, new Date()));
  const cashLimit = limitFor(law.thresholds, draft.party.kind, dayIn(ZONE, new Date()), "cash_on_the_spot");
  return (
    <Section title={t("step_penalty")}>
      {(rule?.warning ?? false) && <Check value={draft.warning} onValue={(warning) => set({ warning })}>{t("warning")}</Check>}
      {range && range.tiers.length > 0 && (
        <Field label={t("tier")}>
          <Select value={draft.tier || null} empty={t("no_tier")} options={range.tiers.map((tier) => [tier.code, named(tier)] as const)} onValue={(tier) => set({ tier })} />
        </Field>
      )}
      {range && <p class="hint">{t("range", { min: range.min, max: range.max })}</p>}
      {may ? <p class="hint strong">{t("range_now", { min: may.min, max: may.max })}</p> : <Banner tone="warn">{t("no_fine_on_spot")}</Banner>}
      <Field label={t("fine")}>
        <Text mode="numeric" value={draft.fine ? String(draft.fine) : ""} onValue={(text) => set({ fine: Math.trunc(Number(text.replace(/\D/g, ""))) })} />
      </Field>
      {may && (
        <div class="amounts">
          {[...new Set([may.min, Math.round((may.min + may.max) / 2), may.max])].filter((sum) => sum > 0).map((sum) => (
            <button type="button" key={sum} class={draft.fine === sum ? "chosen" : ""} onClick={() => set({ fine: sum })}>{sum}</button>
          ))}
        </div>
      )}
      {draft.fine > 0 && <Check value={draft.cash} onValue={(cash) => set({ cash })}>{t("cash")}</Check>}
      {draft.cash && cashLimit !== null && draft.fine > cashLimit && <Banner tone="warn">{t("law_over_cash", { limit: cashLimit })}</Banner>}
    </Section>
  );
}

function Signing({ draft, set, number, lead }: StepProps & { number: string | null; lead: object }) {
  const me = app.user.value!;
  const colleagues = (app.today.value?.colleagues ?? []).filter((one) => one.id !== me.id);
  // With the first signature the paper has its number for good.
  const sign = async (part: Partial<SimpleDraft["signatures"]>): Promise<void> => {
    if (number && !draft.number) await takeNumber(number);
    set({ signatures: { ...draft.signatures, ...part }, ...(number ? { number } : {}) });
  };
  const second = colleagues.find((one) => one.id === draft.officer2);
  const authority = authorityOf(draft, app.law.value!);
  const uncertified = [me.id, draft.officer2].some((id) => app.today.value?.colleagues.find((one) => one.id === id)?.certificate_valid === false);
  return (
    <Section title={t("step_signing")}>
      <Field label={t("second_officer")}>
        <Select value={draft.officer2} empty={t("choose")} options={colleagues.map((one) => [one.id, one.name] as const)} onValue={(officer2) => set({ officer2 })} />
      </Field>
      {uncertified && <Banner tone="warn">{t("no_certificate")}</Banner>}
      <Choice name={t("party_signs")} value={draft.refused_to_sign ? "refused" : "signed"} options={[["signed", t("signs")], ["refused", t("refuses")]]}
        onValue={(way) => set({ refused_to_sign: way === "refused" })} />
      {draft.refused_to_sign && (
        <Field label={t("witness")} hint={t("witness_hint")}><Text max={60} value={draft.witness} onValue={(witness) => set({ witness })} /></Field>
      )}
      <p class="hint">{number ? `${t("number_will_be", { number })} · ${t("number_used_up", { n: left(app.blocks.value, authority?.word ?? "", numbersUsed(), Date.now()) })}` : t("no_number")}</p>
      {second && <p class="hint strong">{t("read_then_sign")}</p>}
      {second && <Paper data={decisionOf(draft, app.law.value!, number ?? "", me.id, lead)} at={draft.decided_at || localIso(new Date())} />}
      {second && <Signature label={t("signature_of", { name: me.name })} hash={draft.signatures.officer1} onHash={(officer1) => sign({ officer1 })} />}
      {second && <Signature label={t("signature_of", { name: second.name })} hash={draft.signatures.officer2} onHash={(officer2) => sign({ officer2 })} />}
      {second && !draft.refused_to_sign && <Signature label={t("party_signature")} hash={draft.signatures.party} onHash={(party) => sign({ party })} />}
    </Section>
  );
}

/** The decision as it was signed: from here it is handed over, and only then recorded as served. */
function Decision({ draft, set, id }: StepProps & { id: string }) {
  const send = async (): Promise<void> => {
    const leave = unlessLeft();
    const kept = await serve({ key: id, decided_at: draft.decided_at, decision: draft.decision! });
    if (kept) leave(() => go(`decision/${kept.id}`));
  };
  return (
    <div class="decision">
      <Paper data={draft.decision!.data} at={draft.decided_at} />
      <div class="row sticky no-print">
        <Button onClick={() => set({ step: STEPS.indexOf("signing") })}>{t("step_back")}</Button>
        <Button icon="print" onClick={() => print()}>{t("print")}</Button>
        <Action main icon="check" onAct={send}>{t("served")}</Action>
      </div>
    </div>
  );
}

function aboutLead(leadId: number | null): { lead?: number; object?: number } {
  const object = app.today.value?.leads.find((one) => one.id === leadId)?.object;
  return leadId ? { lead: leadId, ...(object ? { object: object.id } : {}) } : {};
}
