/** The on-the-spot decision as it is shown, printed and handed over. Always in Chinese: it is an official paper. */
import * as app from "../app";
import type { Imposed } from "../law";
import { Picture } from "../parts/ui";
import { dayIn } from "../pure/clock";
import { type Section, filled } from "../pure/forms";
import { type PartyKind, on } from "../pure/limits";
import { rmbCapital } from "../pure/money";
import { ZONE } from "../settings";
import type { RecordRow } from "../types";

/** What `case.simple` says (`Decision` in `simple.tsx`). */
export interface PaperData {
  cause: string;
  party: Record<string, unknown>;
  act_on: string;
  facts: string;
  fine: number;
  warning: boolean;
  address: string;
  authority: string;
  statement: string;
  number: string;
  refused_to_sign: boolean;
  witness: string;
  cash: boolean;
  officers: number[];
  signatures: { officer1: string | null; officer2: string | null; party: string | null };
}

export function Paper({ data, at }: { data: PaperData; at: string }) {
  const paper = app.law.value?.document;
  if (!paper) return null;
  const party: PartyKind = data.party["kind"] === "organisation" ? "organisation" : "person";
  const imposed: Imposed = data.fine ? (data.warning ? "warning_fine" : "fine") : "warning";
  const sections = filled(paper.forms[party][imposed], valuesOf(data, at));
  const { officer1, officer2, party: receiver } = data.signatures;
  return (
    <article class="paper" lang="zh-Hans">
      <header>
        <p class="paper-authority">{data.authority}</p>
        <h1>{paper.title}</h1>
        <p class="paper-number">{data.number}</p>
      </header>
      {sections.map((section, at) => (
        <Part key={at} section={section} marks={[[receiver].filter(isHash), [officer1, officer2].filter(isHash)]} />
      ))}
      {data.refused_to_sign && <p>{paper.refused.replace("{witness}", data.witness)}</p>}
    </article>
  );
}

const isHash = (hash: string | null): hash is string => hash !== null;

/** Cells with a line to sign on: the first is the party's, the second the officers'. */
function Part({ section, marks }: { section: Section; marks: string[][] }) {
  if (section.type === "closing") return <footer><p>{section.authority}</p><p>{section.date}</p></footer>;
  if (section.type === "paragraphs") {
    return (
      <div class={`paper-text${section.note ? " small" : ""}${section.flush ? " flush" : ""}`}>
        {section.heading && <h2>{section.heading}</h2>}
        {section.texts.map((text) => <p key={text}>{text}</p>)}
      </div>
    );
  }
  let signing = 0;
  return (
    <table>
      <tbody>
        {section.rows.map((row, at) => (
          <tr key={at}>
            {row.map((cell) => (
              <>
                <th scope="row">{cell.label}</th>
                <td colSpan={row.length === 1 ? 3 : 1}>
                  {cell.value}
                  {cell.sign && <span class="paper-marks">{marks[signing++]?.map((hash) => <Mark key={hash} hash={hash} />)}</span>}
                </td>
              </>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function Mark({ hash }: { hash: string }) {
  const file = app.files.value.find((one) => one.sha256 === hash);
  const picture = file?.blob ?? file?.preview;
  return picture ? <Picture blob={picture} alt="签名" /> : null;
}

function valuesOf(data: PaperData, at: string): Record<string, string> {
  const law = app.law.value!;
  const rule = on(law.causes.find((one) => one.code === data.cause)?.rules ?? [], data.act_on);
  const text = (key: string): string => String(data.party[key] ?? "");
  const organisation = data.party["kind"] === "organisation";
  const id = organisation ? "" : text("id_number");
  return {
    authority: data.authority, number: data.number, date: chineseDay(dayIn(ZONE, new Date(at))),
    party_name: text("name"), party_phone: text("phone"), party_address: text("address"), party_representative: text("representative"),
    party_uscc: organisation ? text("id_number") : "", party_id_type: id ? "居民身份证" : "", party_id_number: id,
    ...personOf(id),
    officer1: nameOf(data.officers[0]), officer2: nameOf(data.officers[1]),
    certificate1: certificateOf(data.officers[0]), certificate2: certificateOf(data.officers[1]),
    act_time: chineseDay(data.act_on), act_place: data.address, facts: data.facts.replace(/。$/, ""),
    breached: rule?.breach ?? "", applied: rule?.penalty ?? "", statement: data.statement,
    fine_capital: data.fine ? rmbCapital(data.fine) : "",
    payment: data.fine ? (data.cash ? law.document.payment_cash : law.document.payment) : "",
    collected: data.fine ? (data.cash ? law.document.collected.cash : law.document.collected.bank) : "",
  };
}

/** Sex and day of birth, which stand in a resident's number (GB 11643). */
function personOf(id: string): { party_sex: string; party_birth: string } {
  if (!/^\d{17}[\dXx]$/.test(id)) return { party_sex: "", party_birth: "" };
  return {
    party_sex: Number(id[16]) % 2 ? "男" : "女",
    party_birth: chineseDay(`${id.slice(6, 10)}-${id.slice(10, 12)}-${id.slice(12, 14)}`),
  };
}

function nameOf(id: number | undefined): string {
  return (app.user.value?.id === id ? app.user.value?.name : app.today.value?.colleagues.find((one) => one.id === id)?.name) ?? "";
}

function certificateOf(id: number | undefined): string {
  return app.today.value?.colleagues.find((one) => one.id === id)?.certificate ?? "";
}

function chineseDay(day: string): string {
  const [year, month, date] = day.split("-").map(Number);
  return `${year}年${month}月${date}日`;
}

/** The paper of a decision that was recorded. */
export function paperOf(row: RecordRow): { data: PaperData; at: string } {
  return { data: row.about as unknown as PaperData, at: (JSON.parse(row.text) as { at: string }).at };
}
