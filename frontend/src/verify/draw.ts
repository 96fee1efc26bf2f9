/**
 * The algorithm chengshu-draw/1, drawn again. WebCrypto answers later and each call costs some microseconds, so
 * numbers are asked for in blocks before they are needed: what is hashed depends on labels only, not on results.
 */
import { Failure, canonical, hmac, hmacKey, sha256, unhex, utf8 } from "./bytes";
import type { Drawn, Officer, Proof, Row, Rules, Withdrawal } from "./shapes";

const RANGE = 2 ** 48;
const BLOCK = 512;

/** Numbers derived from the seed. */
export class Numbers {
  private known = new Map<string, number>();

  constructor(private key: CryptoKey) {}

  private async raw(label: string, attempt: number): Promise<number> {
    const mac = new Uint8Array(await hmac(this.key, utf8(`${label}|${attempt}`)));
    let x = 0;
    for (let i = 0; i < 6; i++) x = x * 256 + mac[i]!;
    return x;
  }

  /** Ask for the first attempts of these labels at once; forgets those asked for before. */
  async fetch(labels: string[]): Promise<void> {
    const found = await Promise.all(labels.map((label) => this.raw(label, 0)));
    this.known = new Map(labels.map((label, place) => [label, found[place]!]));
  }

  has(label: string): boolean {
    return this.known.has(label);
  }

  async below(label: string, n: number): Promise<number> {
    const limit = RANGE - (RANGE % n);
    let x = this.known.get(label) ?? (await this.raw(label, 0));
    for (let attempt = 1; x >= limit; attempt++) x = await this.raw(label, attempt);
    return x % n;
  }
}

/** The eligible candidates of a stratum in the order in which the draw calls them. */
class Line {
  private place = 0;

  constructor(private numbers: Numbers, private code: string, readonly pool: Row[]) {}

  /** The next one; `want`: how many will probably be asked for. */
  async next(want: number): Promise<Row | undefined> {
    const i = this.place, { pool } = this;
    if (i >= pool.length) return undefined;
    const label = (n: number): string => `object|${this.code}|${n}`;
    if (want > 1 && !this.numbers.has(label(i))) {
      const block = Math.min(want, pool.length - i, BLOCK);
      await this.numbers.fetch(Array.from({ length: block }, (_none, n) => label(i + n)));
    }
    this.place++;
    const j = i + (await this.numbers.below(label(i), pool.length - i));
    const taken = pool[j]!;
    pool[j] = pool[i]!;
    pool[i] = taken;
    return taken;
  }
}

class Group {
  readonly load = new Map<string, number>();
  readonly squadOf = new Map<string, string>();
  readonly squads = new Map<string, string[]>();
  readonly squadLoad = new Map<string, number>();
  private area = new Map<string, string[]>();
  private object = new Map<string, string[]>();

  constructor(rows: Officer[], readonly rule: Rules["team"][number]) {
    const squads = new Map<string, string[]>();
    const add = (to: Map<string, string[]>, name: string, key: string): void => void to.set(name, [...(to.get(name) ?? []), key]);
    for (const [key, group, squad, eligible, areas, objects] of rows) {
      if (group !== rule.group || !eligible) continue;
      this.load.set(key, 0);
      this.squadOf.set(key, squad);
      add(squads, squad, key);
      for (const one of areas) add(this.area, one, key);
      for (const one of objects) add(this.object, one, key);
    }
    for (const squad of [...squads.keys()].sort()) {
      this.squads.set(squad, squads.get(squad)!);
      this.squadLoad.set(squad, 0);
    }
  }

  barred(object: string, area: string): Set<string> {
    return new Set([...(this.area.get(area) ?? []), ...(this.object.get(object) ?? [])]);
  }
}

interface Place { code: string; teams: string[][] }

export class Drawing {
  private lines = new Map<string, Line>();
  private groups: Group[];
  private inArea = new Map<string, number>();
  private areaOf = new Map<string, string>();
  private withdrawn = new Map<string, Set<string>>();
  private choices = 0;
  private expected = 0; // choices of the draw without withdrawals
  readonly final = new Map<string, Place>();

  private constructor(private proof: Proof, private numbers: Numbers) {
    const { rules } = proof.commitment;
    const pools = new Map(rules.strata.map(({ code }) => [code, [] as Row[]]));
    for (const row of proof.candidates) if (row[2]) pools.get(row[1])?.push(row);
    for (const [code, pool] of pools) this.lines.set(code, new Line(numbers, code, pool));
    this.groups = rules.team.map((rule) => new Group(proof.officers, rule));
  }

  /** Draw everything that a proof's commitment, secret and values decide. */
  static async from(proof: Proof): Promise<Drawing> {
    const hashes = (await sha256(canonical(proof.commitment))) + (await sha256(canonical(proof.values)));
    const seed = await hmac(await hmacKey(unhex(proof.secret)), unhex(hashes));
    const drawing = new Drawing(proof, new Numbers(await hmacKey(new Uint8Array(seed))));
    await drawing.run();
    return drawing;
  }

  private async run(): Promise<void> {
    const taken: [string, string][] = [];
    for (const { code, quota } of this.proof.commitment.rules.strata) {
      const most = Math.min(quota, this.lines.get(code)!.pool.length);
      for (let n = 0; n < most; n++) {
        const key = await this.next(code, Math.max(most - n, 2));
        if (key === undefined) break;
        taken.push([key, code]);
      }
    }
    const each = this.groups.reduce((sum, { rule }) => sum + rule.officers + Number(rule.same_squad), 0);
    this.expected = taken.length * each;
    for (const [key, code] of taken) this.final.set(key, { code, teams: await this.teams(key) });
  }

  private async next(code: string, want: number): Promise<string | undefined> {
    const line = this.lines.get(code)!, cap = this.proof.commitment.rules.area_cap;
    for (let row = await line.next(want); row; row = await line.next(want)) {
      const [key, , , area] = row;
      const count = this.inArea.get(area) ?? 0;
      if (cap && area && count >= cap) continue;
      this.inArea.set(area, count + 1);
      this.areaOf.set(key, area);
      return key;
    }
    return undefined;
  }

  rows(): Drawn[] {
    return [...this.final].map(([key, { code, teams }]) => [key, code, teams.flat()]);
  }

  private async teams(object: string): Promise<string[][]> {
    const made: string[][] = [];
    for (const group of this.groups) made.push(await this.team(group, object));
    return made;
  }

  private barred(group: Group, object: string): Set<string> {
    const barred = group.barred(object, this.areaOf.get(object) ?? "");
    for (const one of this.withdrawn.get(object) ?? []) barred.add(one);
    return barred;
  }

  private async team(group: Group, object: string): Promise<string[]> {
    const barred = this.barred(group, object), wanted = group.rule.officers;
    let pool = [...group.load.keys()];
    if (group.rule.same_squad) {
      const able = (keys: string[]): number => keys.reduce((n, key) => n + (barred.has(key) ? 0 : 1), 0);
      const squads = [...group.squads].filter(([, keys]) => able(keys) >= wanted).map(([squad]) => squad);
      if (!squads.length) return [];
      pool = group.squads.get(await this.squad(group, squads))!;
    }
    const free = pool.filter((key) => !barred.has(key));
    const team: string[] = [];
    if (free.length < wanted) return team;
    while (team.length < wanted) team.push(await this.officer(group, free.filter((key) => !team.includes(key))));
    return team;
  }

  private async squad(group: Group, squads: string[]): Promise<string> {
    let best: string[] = [], least = 0, size = 1;
    for (const squad of squads) {
      const load = group.squadLoad.get(squad)!, own = group.squads.get(squad)!.length;
      const difference = load * size - least * own;
      if (!best.length || difference < 0) [best, least, size] = [[squad], load, own];
      else if (difference === 0) best.push(squad);
    }
    return best[await this.choice("squad", best.length)]!;
  }

  private async officer(group: Group, free: string[]): Promise<string> {
    const least = Math.min(...free.map((key) => group.load.get(key)!));
    const best = free.filter((key) => group.load.get(key) === least);
    const key = best[await this.choice("officer", best.length)]!;
    const squad = group.squadOf.get(key)!;
    group.load.set(key, least + 1);
    group.squadLoad.set(squad, group.squadLoad.get(squad)! + 1);
    return key;
  }

  private async choice(what: string, n: number): Promise<number> {
    const number = this.choices++;
    if (n === 1) return 0;
    const label = `${what}|${number}`;
    if (!this.numbers.has(label)) {
      const length = Math.max(Math.min(this.expected - number, BLOCK), 8);
      const block = Array.from({ length }, (_none, more) => [`squad|${number + more}`, `officer|${number + more}`]);
      await this.numbers.fetch(block.flat());
    }
    return this.numbers.below(label, n);
  }

  /** Withdraw an object, or an officer from it; fails where it is not drawn. */
  async withdraw({ object, officer }: Withdrawal, where: string): Promise<void> {
    const place = this.final.get(object);
    if (!place) throw new Failure("notDrawn", { where });
    if (officer === null) {
      this.final.delete(object);
      const successor = await this.next(place.code, 1);
      if (successor !== undefined) this.final.set(successor, { code: place.code, teams: await this.teams(successor) });
      return;
    }
    const at = place.teams.findIndex((team) => team.includes(officer));
    const group = this.groups[at], team = place.teams[at];
    if (!group || !team) throw new Failure("notInTeam", { where });
    this.withdrawn.set(object, (this.withdrawn.get(object) ?? new Set()).add(officer));
    const barred = this.barred(group, object);
    const rest = team.filter((key) => key !== officer);
    const squad = rest[0] === undefined ? undefined : group.squadOf.get(rest[0]);
    const free = [...group.load.keys()].filter((key) =>
      !barred.has(key) && !rest.includes(key) && (!group.rule.same_squad || group.squadOf.get(key) === squad));
    if (!free.length) place.teams[at] = await this.team(group, object);
    else {
      const successor = await this.officer(group, free);
      place.teams[at] = team.map((key) => (key === officer ? successor : key));
    }
  }
}
