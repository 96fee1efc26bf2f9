/** The list as it is once what the phone has recorded counts, before the server has said so. */
import type { RecordRow, Snapshot } from "../types";

const AFTER_LEAD: Record<string, (actions: string[]) => string[]> = {
  "lead.accept": () => ["arrive", "handle", "order"],
  "lead.arrive": (actions) => actions.filter((action) => action !== "arrive" && action !== "accept"),
  "lead.handle": () => [],
  "lead.order": () => ["recheck"],
};

/** Records that the list does not know of yet: not answered, or answered after it was made. */
export function unseen(snapshot: Snapshot, records: readonly RecordRow[]): RecordRow[] {
  const made = Date.parse(snapshot.made_at);
  return records.filter(
    (row) => row.state === "waiting" || (row.state !== "refused" && Date.parse(row.server_time ?? "") > made),
  );
}

export function overlaid(snapshot: Snapshot, records: readonly RecordRow[]): Snapshot {
  return unseen(snapshot, records).reduce(apply, snapshot);
}

/** What the kinds below say of themselves. */
interface About {
  lead?: number;
  complied?: boolean;
  inspection?: number;
  result?: number;
  rectify_by?: string | null;
  item?: number;
  code?: string;
  point?: number;
  equipment?: number;
  duty?: number;
  line?: string;
}

function apply(list: Snapshot, row: RecordRow): Snapshot {
  const about = row.about as About;
  switch (row.kind) {
    case "lead.accept":
    case "lead.arrive":
    case "lead.handle":
    case "lead.order":
      return { ...list, leads: list.leads.map((lead) => (lead.id === about.lead ? { ...lead, ...leadAfter(row, lead.actions) } : lead)) };
    case "lead.recheck":
      return {
        ...list,
        leads: list.leads.map((lead) =>
          lead.id === about.lead ? { ...lead, actions: about.complied ? [] : ["handle"], recheck_on: null } : lead,
        ),
      };
    case "inspection.start":
      return inspection(list, about.inspection, { state: "started" });
    case "inspection.report":
      return inspection(list, about.inspection, {
        state: about.rectify_by ? "ordered" : "closed", result: about.result, rectify_by: about.rectify_by ?? null,
      });
    case "inspection.recheck":
      return inspection(list, about.inspection, { state: about.complied || !about.rectify_by ? "closed" : "ordered" });
    case "round.verify":
      return { ...list, rounds: (list.rounds ?? []).filter((item) => item.id !== about.item) };
    case "check_in":
      return checkedIn(list, about.code, about.point);
    case "equipment.take":
      return equipment(list, about.equipment, true);
    case "equipment.return":
    case "equipment.hand_over":
      return equipment(list, about.equipment, false);
    case "log.line":
      return list.log && list.log.duty === about.duty ? { ...list, log: { ...list.log, line: about.line ?? "" } } : list;
    default:
      return list;
  }
}

function leadAfter(row: RecordRow, actions: string[]): { actions: string[]; recheck_on?: string } {
  const after = { actions: AFTER_LEAD[row.kind]!(actions) };
  return row.kind === "lead.order" ? { ...after, recheck_on: String(row.about["recheck_on"]) } : after;
}

function inspection(list: Snapshot, id: number | undefined, change: object): Snapshot {
  return { ...list, inspections: list.inspections.map((one) => (one.id === id ? { ...one, ...change } : one)) };
}

function equipment(list: Snapshot, id: number | undefined, mine: boolean): Snapshot {
  return { ...list, equipment: list.equipment.map((one) => (one.id === id ? { ...one, mine } : one)) };
}

function checkedIn(list: Snapshot, code: string | undefined, point: number | undefined): Snapshot {
  const beats = list.beats.map((beat) => ({
    ...beat,
    points: beat.points.map((one) =>
      (point && one.id === point) || (code && one.tags.some((tag) => tag.code === code)) ? { ...one, done_today: one.done_today + 1 } : one,
    ),
  }));
  return { ...list, beats };
}
