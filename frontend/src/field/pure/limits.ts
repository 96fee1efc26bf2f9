/** What the law of the day allows on the spot, checked before the decision is signed. Amounts in yuan. */
export type PartyKind = "person" | "organisation";

interface Dated {
  valid_from: string;
  valid_to: string | null;
}

export interface Tier {
  code: string;
  name: string;
  name_en?: string;
  min: number;
  max: number;
}

export interface FineRange {
  party: PartyKind | null;
  min: number;
  max: number;
  unit: string;
  optional: boolean;
  tiers: Tier[];
}

export interface CauseRule extends Dated {
  breach: string;
  penalty: string;
  /** `after_order`: a fine only where an order to rectify was not followed. */
  mode: "direct" | "after_order";
  fines: FineRange[];
  warning: boolean;
  parties: PartyKind[];
  verified: boolean;
}

export interface LawCause {
  code: string;
  name: string;
  name_en?: string;
  field?: string;
  rules: CauseRule[];
  exemptions?: { name: string; name_en?: string }[];
}

export interface Threshold extends Dated {
  code: string;
  person: number;
  organisation: number;
}

export interface Wanted {
  party: PartyKind;
  /** Calendar days: of the act, whose rule applies; of the decision, whose limit applies. */
  act_on: string;
  decided_on: string;
  fine: number;
  warning: boolean;
  tier: string;
}

/** `key` of a text and what it names. */
export interface Problem {
  key: string;
  values: Record<string, string | number>;
}

/** What applies on a day, both ends inclusive. */
export function on<T extends Dated>(entries: readonly T[], day: string): T | null {
  return entries.find((entry) => entry.valid_from <= day && (!entry.valid_to || day <= entry.valid_to)) ?? null;
}

/** The range for a kind of party: its own before the one for anyone. */
export function rangeFor(rule: CauseRule, party: PartyKind): FineRange | null {
  return rule.fines.find((fine) => fine.party === party) ?? rule.fines.find((fine) => fine.party === null) ?? null;
}

/** The most that may be fined on the spot; null where the law of that day is not on the phone. */
export function limitFor(thresholds: readonly Threshold[], party: PartyKind, day: string, code = "simple_procedure"): number | null {
  return on(thresholds.filter((entry) => entry.code === code), day)?.[party] ?? null;
}

/** The amounts that may be chosen: the range or tier, cut off at the limit. Null where none is left. */
export function allowed(cause: LawCause, thresholds: readonly Threshold[], wanted: Omit<Wanted, "fine" | "warning">): { min: number; max: number } | null {
  const rule = on(cause.rules, wanted.act_on);
  const range = rule && rangeFor(rule, wanted.party);
  const limit = limitFor(thresholds, wanted.party, wanted.decided_on);
  if (!range || limit === null || range.unit !== "yuan") return null;
  const tier = range.tiers.find((one) => one.code === wanted.tier);
  const { min, max } = tier ?? range;
  return min <= limit ? { min, max: Math.min(max, limit) } : null;
}

/** Every reason why the decision would not be lawful; empty where nothing stands against it. */
export function problems(cause: LawCause, thresholds: readonly Threshold[], wanted: Wanted): Problem[] {
  const found: Problem[] = [];
  const say = (key: string, values: Problem["values"] = {}): void => void found.push({ key, values });
  const rule = on(cause.rules, wanted.act_on);
  if (!rule) return [{ key: "law_no_rule", values: { day: wanted.act_on } }];
  if (wanted.act_on > wanted.decided_on) say("law_act_later");
  if (!rule.parties.includes(wanted.party)) say("law_party");
  const limit = limitFor(thresholds, wanted.party, wanted.decided_on);
  if (limit === null) say("law_no_limit", { day: wanted.decided_on });
  else if (wanted.fine > limit) say("law_over_limit", { limit, fine: wanted.fine });
  if (!Number.isInteger(wanted.fine) || wanted.fine < 0) say("law_amount");
  if (!wanted.fine && !wanted.warning) say("law_nothing");
  if (wanted.warning && !rule.warning && !wanted.fine) say("law_no_warning");
  if (wanted.fine > 0) outOfRange(rule, wanted, say);
  return found;
}

function outOfRange(rule: CauseRule, wanted: Wanted, say: (key: string, values?: Problem["values"]) => void): void {
  const range = rangeFor(rule, wanted.party);
  if (!range) return say("law_no_fine");
  if (range.unit !== "yuan") return say("law_unit");
  const tier = range.tiers.find((one) => one.code === wanted.tier);
  const { min, max } = tier ?? range;
  if (wanted.fine < min || wanted.fine > max) say("law_out_of_range", { min, max, fine: wanted.fine });
}
