/** Small parts that every screen is made of. */
import type { ComponentChildren } from "preact";
import { useEffect, useState } from "preact/hooks";
import { ICONS, type IconName } from "./icons";

export function Icon({ name }: { name: IconName }) {
  return (
    <svg class="icon" viewBox="0 0 16 16" aria-hidden="true">
      <path d={ICONS[name]} />
    </svg>
  );
}

interface ButtonProps {
  children: ComponentChildren;
  onClick?: () => void;
  main?: boolean;
  danger?: boolean;
  icon?: IconName;
  disabled?: boolean;
  submit?: boolean;
}

export function Button({ children, onClick, main, danger, icon, disabled, submit }: ButtonProps) {
  const kind = `button${main ? " main" : ""}${danger ? " danger" : ""}`;
  return (
    <button type={submit ? "submit" : "button"} class={kind} onClick={onClick} disabled={disabled}>
      {icon && <Icon name={icon} />}
      <span>{children}</span>
    </button>
  );
}

/** A button that works on something for a moment and cannot be pressed twice meanwhile. */
export function Action({ onAct, ...rest }: Omit<ButtonProps, "onClick"> & { onAct: () => Promise<unknown> }) {
  const [busy, setBusy] = useState(false);
  const run = (): void => {
    if (busy) return;
    setBusy(true);
    void onAct().finally(() => setBusy(false));
  };
  return <Button {...rest} onClick={run} disabled={busy || rest.disabled} />;
}

export function Banner({ tone, icon, children }: { tone: "ok" | "warn" | "danger" | "info"; icon?: IconName; children: ComponentChildren }) {
  return (
    <div class={`banner ${tone}`} role={tone === "danger" ? "alert" : "status"}>
      <Icon name={icon ?? (tone === "info" ? "info" : tone)} />
      <div>{children}</div>
    </div>
  );
}

export function Section({ title, aside, children }: { title?: string; aside?: ComponentChildren; children: ComponentChildren }) {
  return (
    <section>
      {title && (
        <h2>
          {title}
          {aside && <span class="aside">{aside}</span>}
        </h2>
      )}
      {children}
    </section>
  );
}

export function Field({ label, hint, children }: { label: string; hint?: string | undefined; children: ComponentChildren }) {
  return (
    <label class="field">
      <span class="label">{label}</span>
      {children}
      {hint && <span class="hint">{hint}</span>}
    </label>
  );
}

interface TextProps {
  value: string;
  onValue: (value: string) => void;
  lines?: number;
  type?: "text" | "date" | "search";
  placeholder?: string;
  max?: number;
  mode?: "numeric" | "tel" | "text";
}

export function Text({ value, onValue, lines, type = "text", placeholder, max, mode }: TextProps) {
  const set = (event: { currentTarget: HTMLInputElement | HTMLTextAreaElement }): void => onValue(event.currentTarget.value);
  if (lines) return <textarea rows={lines} value={value} onInput={set} placeholder={placeholder} maxLength={max} />;
  return <input type={type as "text"} value={value} onInput={set} placeholder={placeholder} maxLength={max} inputMode={mode} />;
}

interface ChoiceProps<T extends string | number> {
  value: T | null;
  options: readonly (readonly [T, string])[];
  onValue: (value: T) => void;
  name: string;
}

/** Few options side by side, each as large as a thumb. */
export function Choice<T extends string | number>({ value, options, onValue, name }: ChoiceProps<T>) {
  return (
    <div class="choice" role="radiogroup" aria-label={name}>
      {options.map(([code, label]) => (
        <button type="button" role="radio" aria-checked={value === code} class={value === code ? "chosen" : ""} onClick={() => onValue(code)}>
          {label}
        </button>
      ))}
    </div>
  );
}

export function Select<T extends string | number>({ value, options, onValue, empty }: Omit<ChoiceProps<T>, "name"> & { empty?: string }) {
  const set = (event: { currentTarget: HTMLSelectElement }): void => {
    const found = options.find(([code]) => String(code) === event.currentTarget.value);
    if (found) onValue(found[0]);
  };
  return (
    <select value={value === null ? "" : String(value)} onChange={set}>
      {empty !== undefined && <option value="">{empty}</option>}
      {options.map(([code, label]) => (
        <option value={String(code)}>{label}</option>
      ))}
    </select>
  );
}

export function Check({ value, onValue, children }: { value: boolean; onValue: (value: boolean) => void; children: ComponentChildren }) {
  return (
    <label class="check">
      <input type="checkbox" checked={value} onChange={(event) => onValue(event.currentTarget.checked)} />
      <span>{children}</span>
    </label>
  );
}

export function Empty({ children }: { children: ComponentChildren }) {
  return <p class="empty">{children}</p>;
}

/** A blob as a picture; its address is given back when the picture goes. */
export function Picture({ blob, alt }: { blob: Blob; alt: string }) {
  const [address, setAddress] = useState("");
  useEffect(() => {
    const made = URL.createObjectURL(blob);
    setAddress(made);
    return () => URL.revokeObjectURL(made);
  }, [blob]);
  return address ? <img src={address} alt={alt} /> : null;
}
