/** A half-filled form that outlives the page: kept on the device until it is sent or thrown away. */
import { useEffect, useRef, useState } from "preact/hooks";
import { base } from "../app";
import { forget, keep, recall } from "../data/db";

const PAUSE_MS = 250;

interface Draft<T> {
  value: T;
  set: (change: Partial<T>) => void;
  clear: () => Promise<void>;
  ready: boolean;
}

export function useDraft<T extends object>(name: string, initial: T): Draft<T> {
  const key = `draft:${name}`;
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
