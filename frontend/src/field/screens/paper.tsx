/** The on-the-spot decision as it is shown, printed and handed over. Always in Chinese: it is an official paper. */
import * as app from "../app";
import { Picture } from "../parts/ui";
import { on } from "../pure/limits";
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
  statement: string;
  number: string;
  refused_to_sign: boolean;
  witness: string;
  cash: boolean;
  officers: number[];
  signatures: { officer1: string | null; officer2: string | null; party: string | null };
}

const PARTY: [string, string, string][] = [
  ["name", "姓名", "名称"], ["id_number", "身份证件号码", "统一社会信用代码"], ["representative", "", "法定代表人（负责人）"],
  ["phone", "联系电话", "联系电话"], ["address", "住址", "住所"],
];

export function Paper({ data, at }: { data: PaperData; at: string }) {
  const law = app.law.value;
  const cause = law?.causes.find((one) => one.code === data.cause);
  const rule = cause && on(cause.rules, data.act_on);
  const organisation = data.party["kind"] === "organisation";
  return (
    <article class="paper" lang="zh-Hans">
      <header>
        <p class="paper-authority">{law?.authority.name}</p>
        <h1>{law?.document.title}</h1>
        <p class="paper-number">{data.number}</p>
      </header>
      <dl>
        {PARTY.filter(([key]) => data.party[key]).map(([key, person, unit]) => (
          <><dt>{organisation ? unit : person}</dt><dd>{String(data.party[key])}</dd></>
        ))}
      </dl>
      <p>
        经查，你（单位）于{chineseDay(data.act_on)}在{data.address}实施了{cause?.name}的行为：{data.facts}
        {rule && `。以上行为违反了${rule.breach}的规定。`}
      </p>
      {data.statement && <p>当事人陈述、申辩：{data.statement}</p>}
      <p>
        {rule && `依据${rule.penalty}，`}现决定给予以下行政处罚：{penalty(data)}。
        {data.fine > 0 && (data.cash ? "罚款已当场收缴。" : law?.document.payment)}
      </p>
      <p>{law?.document.remedies}</p>
      <div class="paper-signs">
        <Sign label="执法人员" hash={data.signatures.officer1} name={nameOf(data.officers[0])} />
        <Sign label="执法人员" hash={data.signatures.officer2} name={nameOf(data.officers[1])} />
        {data.refused_to_sign ? <p>当事人拒绝签收，见证人：{data.witness}</p> : <Sign label="当事人（签收）" hash={data.signatures.party} name="" />}
      </div>
      <footer>
        <p>{law?.authority.name}</p>
        <p>{chineseMoment(at)}</p>
      </footer>
    </article>
  );
}

function Sign({ label, hash, name }: { label: string; hash: string | null; name: string }) {
  const file = app.files.value.find((one) => one.sha256 === hash);
  const picture = file?.blob ?? file?.preview;
  return (
    <div class="paper-sign">
      <span>{label}{name && `（${name}）`}</span>
      {picture && <Picture blob={picture} alt={label} />}
    </div>
  );
}

function penalty(data: PaperData): string {
  const parts = [...(data.warning ? ["警告"] : []), ...(data.fine ? [`罚款人民币${data.fine}元`] : [])];
  return parts.join("，");
}

function nameOf(id: number | undefined): string {
  return (app.user.value?.id === id ? app.user.value?.name : app.today.value?.colleagues.find((one) => one.id === id)?.name) ?? "";
}

function chineseDay(day: string): string {
  const [year, month, date] = day.split("-").map(Number);
  return `${year}年${month}月${date}日`;
}

function chineseMoment(at: string): string {
  return `${chineseDay(at.slice(0, 10))}${Number(at.slice(11, 13))}时${Number(at.slice(14, 16))}分`;
}

/** The paper of a decision that was recorded. */
export function paperOf(row: RecordRow): { data: PaperData; at: string } {
  return { data: row.about as unknown as PaperData, at: (JSON.parse(row.text) as { at: string }).at };
}
