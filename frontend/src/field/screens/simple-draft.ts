/** What an on-the-spot case is made of while it is being entered, and what is still missing. */
import { dayIn } from "../pure/clock";
import { type LawCause, type PartyKind, problems } from "../pure/limits";
import { ZONE } from "../settings";
import { t } from "../texts";
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
}

export const STEPS = ["act", "party", "hearing", "penalty", "signing", "decision"] as const;

export function emptyDraft(): SimpleDraft {
  return {
    step: 0, cause: "", town: "", act_on: dayIn(ZONE, new Date()), address: "", facts: "", photos: [],
    party: { kind: "person", name: "", id_number: "", phone: "", address: "", representative: "" },
    id_shown: false, told: false, heard: false, statement: "", fine: 0, warning: false, tier: "", cash: false, officer2: null,
    signatures: { officer1: null, officer2: null, party: null }, refused_to_sign: false, witness: "", number: "", decided_at: "",
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
