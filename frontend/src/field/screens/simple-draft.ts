/** What an on-the-spot case is made of while it is being entered, and what is still missing. */
import { dayIn } from "../pure/clock";
import { type LawCause, type PartyKind, problems } from "../pure/limits";
import { ZONE } from "../settings";
import { t } from "../texts";
import type { Fix } from "../types";
import type { PaperData } from "./paper";
import { type Authority, type Law, authoritiesOn } from "../law";

export interface Party {
  kind: PartyKind;
  name: string;
  id_number: string;
  phone: string;
  address: string;
  representative: string;
}

export interface SimpleDraft {
  step: number;
  cause: string;
  town: string;
  act_on: string;
  address: string;
  facts: string;
  photos: string[];
  party: Party;
  id_shown: boolean;
  told: boolean;
  heard: boolean;
  statement: string;
  fine: number;
  warning: boolean;
  tier: string;
  cash: boolean;
  officer2: number | null;
  signatures: { officer1: string | null; officer2: string | null; party: string | null };
  refused_to_sign: boolean;
  witness: string;
  number: string;
  decided_at: string;
  /** The decision as it was shown, and the files that go with it; from then on it may be in the party's hands. */
  decision: { data: PaperData & Record<string, unknown>; files: string[]; position?: Fix | null } | null;
}

export const STEPS = ["act", "party", "hearing", "penalty", "signing", "decision"] as const;

export function emptyDraft(): SimpleDraft {
  return {
    step: 0, cause: "", town: "", act_on: dayIn(ZONE, new Date()), address: "", facts: "", photos: [],
    party: { kind: "person", name: "", id_number: "", phone: "", address: "", representative: "" },
    id_shown: false, told: false, heard: false, statement: "", fine: 0, warning: false, tier: "", cash: false, officer2: null,
    signatures: { officer1: null, officer2: null, party: null }, refused_to_sign: false, witness: "", number: "", decided_at: "", decision: null,
  };
}

const UNSIGNED = { officer1: null, officer2: null, party: null };
/** What is not on the paper, or is the signing itself. */
const BESIDE = new Set<keyof SimpleDraft>(["step", "photos", "signatures", "number", "decided_at", "decision"]);
/** How the party took it: the officers' signatures do not depend on it. */
const PARTYS = new Set<keyof SimpleDraft>(["refused_to_sign", "witness"]);

/** The change with all that it undoes: nobody has signed what the paper says after it, and a number belongs to one
 *  paper only. */
export function changed(draft: SimpleDraft, change: Partial<SimpleDraft>): Partial<SimpleDraft> {
  const keys = (Object.keys(change) as (keyof SimpleDraft)[]).filter(
    (key) => !BESIDE.has(key) && JSON.stringify(change[key]) !== JSON.stringify(draft[key]),
  );
  // What was shown is no longer what is there, also where only a signature or a photo is another one.
  if (!keys.length) return change.signatures || change.photos ? { decided_at: "", decision: null, ...change } : change;
  const undone = { ...change, decided_at: "", decision: null };
  if (keys.every((key) => PARTYS.has(key))) return { ...undone, signatures: { ...draft.signatures, party: null } };
  return { ...undone, signatures: { ...UNSIGNED }, number: "" };
}

/** What the record and the paper say. */
export function decisionOf(draft: SimpleDraft, law: Law, number: string, me: number, lead: object): PaperData & Record<string, unknown> {
  return {
    cause: draft.cause,
    party: Object.fromEntries(Object.entries(draft.party).filter(([, text]) => text)),
    act_on: draft.act_on, facts: draft.facts, fine: draft.fine, warning: draft.warning, address: draft.address,
    authority: authorityOf(draft, law)?.name ?? law.authority.name, ...lead,
    statement: draft.statement, told: draft.told, heard: draft.heard, id_shown: draft.id_shown, tier: draft.tier, number,
    receiver: draft.refused_to_sign ? "" : draft.party.name, refused_to_sign: draft.refused_to_sign,
    witness: draft.refused_to_sign ? draft.witness : "", cash: draft.cash && draft.fine > 0,
    officers: [me, ...(draft.officer2 ? [draft.officer2] : [])],
    signatures: { ...draft.signatures, party: draft.refused_to_sign ? null : draft.signatures.party },
    photos: draft.photos, law_version: law.version,
  };
}

export function wantedOf(draft: SimpleDraft, decided: Date) {
  return {
    party: draft.party.kind, act_on: draft.act_on, decided_on: dayIn(ZONE, decided), fine: draft.fine, warning: draft.warning, tier: draft.tier,
  };
}

/** In whose name the decision is made: that of the town, or the only one there is. */
export function authorityOf(draft: SimpleDraft, law: Law): Authority | null {
  const all = authoritiesOn(law, dayIn(ZONE, new Date()));
  return all.length === 1 ? all[0]! : (all.find((one) => one.town === draft.town) ?? null);
}

/** What is missing before the step can be left; empty where nothing is. */
export function missingAt(step: number, draft: SimpleDraft, cause: LawCause | null, law: Law, number: string | null): string[] {
  const found: string[] = [];
  const need = (there: unknown, key: string): void => void (there || found.push(t(key)));
  switch (STEPS[step]) {
    case "act":
      need(cause, "need_cause");
      need(authorityOf(draft, law), "need_town");
      need(draft.address.trim(), "need_place");
      need(draft.facts.trim(), "need_facts");
      need(draft.photos.length, "need_evidence");
      break;
    case "party":
      need(draft.party.name.trim(), "need_party_name");
      break;
    case "hearing":
      need(draft.id_shown, "need_id_shown");
      need(draft.told, "need_told");
      need(draft.heard, "need_heard");
      break;
    case "penalty":
      if (cause) found.push(...problems(cause, law.thresholds, wantedOf(draft, new Date())).map((one) => t(one.key, one.values)));
      break;
    case "signing":
      need(draft.officer2, "need_officer2");
      need(draft.signatures.officer1 && draft.signatures.officer2, "need_officers_signatures");
      need(draft.refused_to_sign ? draft.witness.trim() : draft.signatures.party, draft.refused_to_sign ? "need_witness" : "need_party_signature");
      need(draft.number || number, "need_number");
      break;
  }
  return found;
}
