/**
 * The verifier of draws in the visitor's own browser, on every `<div data-draw-verifier>`:
 * `data-proof-url` (the published proof), `data-proof-sha256`, `data-opening-sha256`, `data-commitment-sha256` (the
 * published hashes). A visitor may also choose a file. Nothing leaves the browser.
 */
import { read } from "./texts";
import { findKey, verify, type Check, type Published, type Report } from "./verify/check";
import type { Proof } from "./verify/shapes";
import { fill } from "./verify/words";

const TEXTS = read("draw-verifier-texts");
const say = (name: string, values: Record<string, string | number> = {}): string => fill(TEXTS[name] ?? name, values);

function element<K extends keyof HTMLElementTagNameMap>(tag: K, text = "", className = ""): HTMLElementTagNameMap[K] {
  const made = document.createElement(tag);
  if (text) made.textContent = text;
  if (className) made.className = className;
  return made;
}

class Verifier {
  private status = element("p", "", "draw-status");
  private checks = element("ul", "", "draw-checks");
  private notes = element("div", "", "draw-notes");
  private running = 0;

  constructor(private host: HTMLElement) {
    this.status.setAttribute("role", "status");
    if (!globalThis.crypto?.subtle) {
      host.replaceChildren(element("p", say("insecure"), "draw-status"));
      return;
    }
    const parts: HTMLElement[] = [element("p", say("intro"))];
    if (host.dataset.proofUrl) {
      const button = element("button", say("start"), "draw-start");
      button.type = "button";
      button.addEventListener("click", () => void this.run(() => this.fetched()));
      parts.push(button);
    }
    const label = element("label", say("choose"), "draw-file");
    const file = element("input");
    file.type = "file";
    file.accept = ".json,application/json";
    // The same name chosen again may be another file: without this, no change would be noticed.
    file.addEventListener("click", () => { file.value = ""; });
    file.addEventListener("change", () => {
      const chosen = file.files?.[0];
      if (chosen) void this.run(async () => new Uint8Array(await chosen.arrayBuffer()));
    });
    label.append(" ", file);
    host.replaceChildren(...parts, label, this.status, this.checks, this.notes);
  }

  private async fetched(): Promise<Uint8Array> {
    const answer = await fetch(this.host.dataset.proofUrl!, { credentials: "same-origin" });
    if (!answer.ok) throw new Error(String(answer.status));
    return new Uint8Array(await answer.arrayBuffer());
  }

  private published(): Published {
    const { proofSha256 = "", openingSha256 = "", commitmentSha256 = "" } = this.host.dataset;
    return { proof: proofSha256, opening: openingSha256, commitment: commitmentSha256 };
  }

  /** Read and check; a later run puts an earlier one aside. */
  private async run(content: () => Promise<Uint8Array>): Promise<void> {
    const own = ++this.running;
    delete this.host.dataset.verified;
    this.checks.replaceChildren();
    this.notes.replaceChildren();
    this.status.textContent = say("loading");
    try {
      const bytes = await content();
      if (own !== this.running) return;
      this.status.textContent = say("checking");
      const report = await verify(bytes, this.published(), (check) => { if (own === this.running) this.checks.append(shown(check)); });
      if (own === this.running) this.finish(report, bytes);
    } catch (error) {
      if (own === this.running) this.status.textContent = say("unreadable", { error: error instanceof Error ? error.message : String(error) });
    }
  }

  private finish(report: Report, bytes: Uint8Array): void {
    this.status.textContent = say(report.ok ? "holds" : "fails", { n: report.drawn });
    this.host.dataset.verified = report.ok ? "yes" : "no";
    const remarks = element("ul", "", "draw-remarks");
    remarks.append(...report.remarks.map(({ code, values }) => element("li", say(`remark.${code}`, values))));
    const hashes = element("dl", "", "draw-hashes");
    for (const [name, value] of Object.entries(report.hashes)) hashes.append(element("dt", say(`hash.${name}`)), element("dd", value));
    this.notes.replaceChildren(remarks, hashes);
    if (report.ok) this.notes.append(ownPlace(JSON.parse(new TextDecoder().decode(bytes)) as Proof));
  }
}

function shown({ code, passed, failure }: Check): HTMLLIElement {
  const item = element("li", `${passed ? "✓" : "✗"} ${say(`check.${code}`)}`, passed ? "passed" : "failed");
  if (failure) item.append(" ", element("strong", say(`fail.${failure.code}`, failure.values)));
  return item;
}

/** A form for those who were given salt and identity of their object. */
function ownPlace(proof: Proof): HTMLFormElement {
  const form = element("form", "", "draw-own");
  const answer = element("p");
  answer.setAttribute("role", "status");
  const fields = ["identity", "salt"].map((name) => {
    const label = element("label", say(name)), input = element("input");
    input.name = name;
    input.required = true;
    input.autocomplete = "off";
    label.append(" ", input);
    return label;
  });
  form.append(element("h3", say("own")), ...fields, element("button", say("find")), answer);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const given = new FormData(form);
    void findKey(proof, String(given.get("salt")), String(given.get("identity"))).then((place) => {
      const state = !place ? "missing" : !place.eligible ? "ineligible" : place.final ? "drawn" : place.drawn ? "withdrawn" : "spared";
      answer.textContent = say(`own.${state}`);
    });
  });
  return form;
}

for (const host of document.querySelectorAll<HTMLElement>("[data-draw-verifier]")) new Verifier(host);
