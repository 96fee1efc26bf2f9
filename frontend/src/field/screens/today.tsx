/** My day: duty, and what there is to do, the nearest first. */
import * as app from "../app";
import { go } from "../parts/route";
import { Action, Banner, Button, Empty, Icon, Section } from "../parts/ui";
import { dutyNow } from "../pure/duty";
import { metres, nearestNext, type Point } from "../pure/near";
import { clockTime, dayTime, distance, t } from "../texts";
import type { Duty, LightView, Snapshot } from "../types";
import { beginDuty, endDuty } from "../work/duty";

export interface Task {
  key: string;
  path: string;
  kind: "lead" | "inspection" | "recheck" | "round";
  title: string;
  detail: string;
  address: string;
  position: Point | null;
  light: string;
  shown: LightView | null;
  due: string | null;
  badge: string;
}

/** Everything that waits for this officer, as one list. */
export function tasksOf(list: Snapshot): Task[] {
  const leads = list.leads.filter((lead) => lead.actions.length).map((lead): Task => {
    const recheck = lead.actions.includes("recheck") && lead.recheck_on;
    return {
      key: `lead-${lead.id}`, path: `lead/${lead.id}`, kind: recheck ? "recheck" : "lead", title: lead.class_label || lead.class,
      detail: lead.description, address: lead.address, position: lead.position, light: lead.light?.colour ?? "", shown: lead.light,
      due: recheck ? lead.recheck_on : lead.due, badge: recheck ? t("kind_recheck") : lead.number,
    };
  });
  const inspections = list.inspections.filter((one) => one.state !== "closed" && one.state !== "withdrawn").map((one): Task => ({
    key: `inspection-${one.id}`, path: `inspection/${one.id}`, kind: one.state === "ordered" ? "recheck" : "inspection",
    title: one.object.name, detail: one.number, address: one.address, position: one.position,
    light: one.light?.colour ?? "", shown: one.light,
    due: one.state === "ordered" ? (one.rectify_by ?? one.due_on) : one.due_on,
    badge: one.state === "ordered" ? t("kind_recheck") : (one.kind_label ?? t("kind_inspection")),
  }));
  const rounds = (list.rounds ?? []).map((item): Task => ({
    key: `round-${item.id}`, path: `round/${item.id}`, kind: "round", title: item.object.name, detail: item.object.class_label,
    address: item.address, position: item.position, light: "", shown: null, due: item.round.due_on, badge: t("kind_round"),
  }));
  return [...leads, ...inspections, ...rounds];
}

export function Today() {
  const list = app.today.value;
  if (!app.user.value) return <SignIn />;
  if (!list) return <Empty>{app.online.value ? t("loading") : t("no_list_offline")}</Empty>;
  const fix = app.fix.value;
  const here: Point | null = fix ? [fix.lng, fix.lat] : null;
  const tasks = nearestNext(tasksOf(list), here);
  const stale = Date.parse(list.valid_until) < Date.now();
  return (
    <>
      <DutyCard duties={list.duty} />
      {stale && <Banner tone="warn">{t("list_old", { at: dayTime(list.made_at) })}</Banner>}
      <div class="row">
        {app.permissions.value.includes("leads.report") && <Button icon="plus" onClick={() => go("report")}>{t("report_lead")}</Button>}
        {app.permissions.value.includes("cases.work") && <Button icon="scale" onClick={() => go("simple")}>{t("simple_case")}</Button>}
      </div>
      <Section title={t("to_do", { n: tasks.length })} aside={here ? t("nearest_first") : t("most_urgent_first")}>
        {tasks.length ? (
          <ul class="cards">{tasks.map((task) => <Card key={task.key} task={task} here={here} />)}</ul>
        ) : (
          <Empty>{t("nothing_to_do")}</Empty>
        )}
      </Section>
      <p class="foot">{t("list_of", { at: dayTime(list.made_at) })}</p>
    </>
  );
}

function Card({ task, here }: { task: Task; here: Point | null }) {
  return (
    <li>
      <a class={`card light-${task.light || "none"}`} href={`#/${task.path}`}>
        <span class="card-head">
          <span class="badge">{task.badge}</span>
          {task.shown && <span class={`light ${task.light}`}>{task.shown.text}</span>}
          {here && task.position && <span class="distance">{distance(metres(here, task.position))}</span>}
        </span>
        <strong>{task.title}</strong>
        {task.detail && <span class="detail">{task.detail}</span>}
        <span class="where">
          <Icon name="pin" />
          {task.address || t("no_address")}
        </span>
        {task.due && <span class="due">{t("due", { at: dayTime(task.due) })}</span>}
      </a>
    </li>
  );
}

function DutyCard({ duties }: { duties: Duty[] }) {
  const running = app.duty.value;
  const next = dutyNow(duties, Date.now());
  if (running) {
    return (
      <div class="duty on">
        <div>
          <strong>{t("on_duty")}</strong>
          <span>{t("until", { at: clockTime(running.ends_at) })}</span>
        </div>
        <Action onAct={endDuty}>{t("end_duty")}</Action>
      </div>
    );
  }
  if (!next) return <div class="duty"><div><strong>{t("no_duty")}</strong><span>{t("no_duty_hint")}</span></div></div>;
  return (
    <div class="duty">
      <div>
        <strong>{next.duty_label ?? next.duty}</strong>
        <span>{clockTime(next.starts_at)}–{clockTime(next.ends_at)}</span>
      </div>
      <Action main onAct={() => beginDuty(next)}>{t("begin_duty")}</Action>
    </div>
  );
}

function SignIn() {
  return (
    <div class="welcome">
      <h2>{t("welcome")}</h2>
      <p>{app.online.value ? t("welcome_online") : t("welcome_offline")}</p>
      <a class="button main" href="/accounts/login/?next=/field/">{t("sign_in")}</a>
    </div>
  );
}
