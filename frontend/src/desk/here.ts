/** Where the device is: two inputs filled by a button (`data-here="idLng idLat"`), or when the page opens. */

export function startHere(): void {
  document.addEventListener("click", (event) => {
    const button = (event.target as Element).closest<HTMLElement>("[data-here]");
    if (button) locate(button, button.dataset["here"] ?? "");
  });
  for (const form of document.querySelectorAll<HTMLElement>("[data-here-now]")) {
    locate(null, form.dataset["hereNow"] ?? "");
  }
}

function locate(button: HTMLElement | null, ids: string): void {
  const status = button?.parentElement?.querySelector("[role=status]");
  const fail = (): void => {
    if (status) status.textContent = button?.dataset["failed"] ?? "";
  };
  if (!navigator.geolocation) return fail();
  if (status) status.textContent = "…";
  navigator.geolocation.getCurrentPosition(
    ({ coords }) => {
      if (status) status.textContent = `± ${Math.round(coords.accuracy)} m`;
      const [lng, lat] = ids.split(" ").map((id) => document.getElementById(id));
      fill(lng, coords.longitude);
      fill(lat, coords.latitude);
    },
    fail,
    { enableHighAccuracy: true, timeout: 15_000, maximumAge: 10_000 },
  );
}

function fill(box: HTMLElement | null | undefined, degrees: number): void {
  if (!(box instanceof HTMLInputElement)) return;
  box.value = degrees.toFixed(6);
  box.dispatchEvent(new Event("input", { bubbles: true }));
  box.dispatchEvent(new Event("change", { bubbles: true }));
}
