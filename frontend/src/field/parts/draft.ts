/** A half-filled form that outlives the page: kept on the device until it is sent or thrown away. */
import { useEffect, useRef, useState } from "preact/hooks";
import { base, user } from "../app";
import { reread } from "../work/sync";
import { forget, keep, recall } from "../data/db";
import { draftKey } from "../data/drafts";

const PAUSE_MS = 250;

interface Draft<T> {
  value: T;
  set: (change: Partial<T>) => void;
  clear: () => Promise<void>;
  /** Keep it now, and let the rest of the app know. */
  save: () => Promise<void>;
  ready: boolean;
  key: string;
}

export function useDraft<T extends object>(name: string, initial: T): Draft<T> {
  const key = draftKey(user.value?.id ?? 0, name);
  const [value, setValue] = useState(initial);
  const [ready, setReady] = useState(false);
  const latest = useRef(value);
  const timer = useRef(0);
  const cleared = useRef(false);
  useEffect(() => {
    void recall<T>(base.db, key).then((kept) => {
      if (kept) setValue((latest.current = { ...initial, ...kept }));
      setReady(true);
    });
    const now = (): void => {
      if (timer.current) save();
    };
    document.addEventListener("visibilitychange", now);
    return () => {
      document.removeEventListener("visibilitychange", now);
      now();
    };
  }, [key]);
  const save = (): void => {
    clearTimeout(timer.current);
    timer.current = 0;
    if (!cleared.current) void keep(base.db, key, latest.current);
  };
  return {
    value,
    ready,
    key,
    async save() {
      clearTimeout(timer.current);
      timer.current = 0;
      await keep(base.db, key, latest.current);
      await reread();
    },
    set(change) {
      cleared.current = false;
      setValue((latest.current = { ...latest.current, ...change }));
      clearTimeout(timer.current);
      timer.current = window.setTimeout(save, PAUSE_MS);
    },
    async clear() {
      cleared.current = true;
      clearTimeout(timer.current);
      timer.current = 0;
      await forget(base.db, key);
    },
  };
}
