/** Checking in at a point: by its tag, by its code, or by position. */
import { useEffect, useRef, useState } from "preact/hooks";
import * as app from "../app";
import { Media } from "../parts/photos";
import { go, route, unlessLeft } from "../parts/route";
import { Action, Banner, Button, Empty, Field, Section, Text } from "../parts/ui";
import { metres } from "../pure/near";
import { handedOver, parseTag, type TagRead } from "../pure/tags";
import { distance, t } from "../texts";
import type { BeatPoint } from "../types";
import { record } from "../work/act";
import { hasCamera, hasNfc, readNfc, readQr } from "../work/scan";

export function CheckIn() {
  const [read, setRead] = useState<TagRead | null>(() => handedOver(route.value.query));
  if (read) return <Confirm read={read} onDone={() => (setRead(null), go("checkin"))} />;
  return (
    <>
      <Scan onRead={setRead} />
      <ByPosition />
      <Points />
    </>
  );
}

function Scan({ onRead }: { onRead: (read: TagRead) => void }) {
  const [mode, setMode] = useState<"" | "nfc" | "qr">("");
  const [code, setCode] = useState("");
  const video = useRef<HTMLVideoElement>(null);
  useEffect(() => {
    if (!mode) return;
    const ender = new AbortController();
    const reading = mode === "nfc" ? readNfc(ender.signal) : readQr(video.current!, ender.signal);
    reading.then(
      (read) => {
        if (ender.signal.aborted) return;
        if (read) onRead(read);
        else app.say(t("tag_not_ours"), "warn");
        setMode("");
      },
      () => {
        if (!ender.signal.aborted) app.say(t("scan_failed"), "warn");
        setMode("");
      },
    );
    return () => ender.abort();
  }, [mode]);
  const typed = (): void => {
    const read = parseTag(code, "typed");
    if (read) onRead(read);
    else app.say(t("tag_not_ours"), "warn");
  };
  return (
    <Section title={t("check_in")}>
      <div class="scan">
        {hasNfc() && <button type="button" class={`scan-button ${mode === "nfc" ? "busy" : ""}`} onClick={() => setMode(mode === "nfc" ? "" : "nfc")}>{mode === "nfc" ? t("hold_to_tag") : t("scan_nfc")}</button>}
        {hasCamera() && <button type="button" class="scan-button" onClick={() => setMode(mode === "qr" ? "" : "qr")}>{mode === "qr" ? t("stop_scan") : t("scan_qr")}</button>}
      </div>
      {mode === "qr" && <video ref={video} class="viewfinder" muted playsInline />}
      {!hasNfc() && <Banner tone="info">{t("no_web_nfc")}</Banner>}
      <form class="row" onSubmit={(event) => (event.preventDefault(), typed())}>
        <Field label={t("code_by_hand")}><Text max={300} value={code} onValue={setCode} /></Field>
        <Button submit disabled={!code.trim()}>{t("go_on")}</Button>
      </form>
    </Section>
  );
}

function pointOf(code: string): { point: BeatPoint; beat: string } | null {
  for (const beat of app.today.value?.beats ?? []) {
    const point = beat.points.find((one) => one.tags.some((tag) => tag.code === code));
    if (point) return { point, beat: beat.name };
  }
  return null;
}

function Confirm({ read, onDone }: { read: TagRead; onDone: () => void }) {
  const [photos, setPhotos] = useState<string[]>([]);
  const found = pointOf(read.code);
  const send = async (): Promise<void> => {
    const leave = unlessLeft();
    const point = found ? { point: found.point.id } : {};
    if (await record("check_in", { ...read, ...point, photo: photos[0] ?? null }, photos)) leave(onDone);
  };
  return (
    <Section title={t("check_in")}>
      <div class="point-found">
        <strong>{found ? found.point.name : t("point_unknown", { code: read.code })}</strong>
        {found && <span>{found.beat}</span>}
      </div>
      <Banner tone={read.way === "nfc_dynamic" ? "ok" : "warn"}>{t(`weight_${read.way}`)}</Banner>
      <Media hashes={photos} onChange={(hashes) => setPhotos(hashes.slice(-1))} label={t("photo_optional")} />
      <div class="row">
        <Button onClick={onDone}>{t("cancel")}</Button>
        <Action main icon="check" onAct={send}>{t("check_in_now")}</Action>
      </div>
    </Section>
  );
}

/** The nearest points, for where no tag can be read. */
function ByPosition() {
  const fix = app.fix.value;
  const points = (app.today.value?.beats ?? []).flatMap((beat) => beat.points);
  if (!points.length) return null;
  const near = fix ? points.map((point) => ({ point, away: metres([fix.lng, fix.lat], point.position) })).sort((a, b) => a.away - b.away)[0] : undefined;
  const send = async (): Promise<void> => {
    await record("check_in", { way: "position", code: near!.point.tags[0]?.code ?? "", point: near!.point.id, photo: null });
  };
  return (
    <Section title={t("by_position")}>
      <p class="hint">{t("weight_position")}</p>
      {near ? (
        <Action icon="pin" onAct={send}>{`${near.point.name} · ${distance(near.away)}`}</Action>
      ) : (
        <p class="hint">{t("no_fix")}</p>
      )}
    </Section>
  );
}

function Points() {
  const beats = app.today.value?.beats ?? [];
  if (!beats.length) return <Empty>{t("no_beats")}</Empty>;
  return (
    <>
      {beats.map((beat) => (
        <Section key={beat.id} title={beat.name}>
          <ul class="points">
            {beat.points.map((point) => (
              <li key={point.id} class={point.done_today >= point.wanted ? "done" : ""}>
                <span>{point.name}</span>
                <strong>{point.done_today} / {point.wanted}</strong>
              </li>
            ))}
          </ul>
        </Section>
      ))}
    </>
  );
}
