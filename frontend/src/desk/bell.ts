/** The bell: htmx asks for its number at every `notices-changed`; here is said when that is worth while. */

const EVERY_MS = 60_000;
const GATHER_MS = 1_000;

export function startBell(): void {
  let asked = Date.now(); // the page has asked as it was loaded
  let gathering: ReturnType<typeof setTimeout> | undefined;
  const ask = (): void => {
    clearTimeout(gathering);
    gathering = undefined;
    asked = Date.now();
    document.body.dispatchEvent(new CustomEvent("notices-changed"));
  };
  const askIfDue = (): void => {
    if (document.visibilityState === "visible" && Date.now() - asked >= EVERY_MS) ask();
  };
  setInterval(askIfDue, EVERY_MS);
  document.addEventListener("visibilitychange", askIfDue);
  // a page that listens to the topic `notice` (live.ts) knows at once; many at once are one question
  document.addEventListener("live:notice", () => {
    gathering ??= setTimeout(ask, GATHER_MS);
  });
}
