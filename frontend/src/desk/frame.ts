/** The frame: drawer on a phone, menus, dialogs, messages, suggestions under the search box. */

export function startFrame(): void {
  document.addEventListener("click", onClick);
  document.addEventListener("keydown", onKey);
  document.addEventListener("focusin", (event) => closeMenus(event.target as Node));
  document.addEventListener("mousedown", (event) => {
    // Safari would take the focus off the box, and with it the list, before the click arrives.
    if ((event.target as Element).closest(".suggestions")) event.preventDefault();
  });
}

function onClick(event: MouseEvent): void {
  const target = event.target as Element;
  const opener = target.closest<HTMLElement>("[data-dialog-open]");
  if (opener) openDialog(opener.dataset["dialogOpen"] ?? "");
  if (target.closest("[data-dialog-close]")) target.closest("dialog")?.close();
  // A click on the backdrop lands on the dialog itself, since its content covers the rest.
  if (target instanceof HTMLDialogElement && outside(target, event)) target.close();
  if (target.closest("[data-dismiss]")) target.closest(".notice")?.remove();
  closeMenus(target);
  drawerClick(event, target);
}

function outside(dialog: HTMLDialogElement, event: MouseEvent): boolean {
  const box = dialog.getBoundingClientRect();
  return event.clientX < box.left || event.clientX > box.right || event.clientY < box.top || event.clientY > box.bottom;
}

export function openDialog(id: string): void {
  const dialog = document.getElementById(id);
  if (dialog instanceof HTMLDialogElement && !dialog.open) dialog.showModal();
}

function closeMenus(except: Node): void {
  for (const menu of document.querySelectorAll<HTMLDetailsElement>("details[data-menu][open]")) {
    if (!menu.contains(except)) menu.open = false;
  }
}

function drawerClick(event: MouseEvent, target: Element): void {
  const rail = document.getElementById("nav");
  if (!rail) return;
  if (target.closest("[data-drawer]")) {
    event.preventDefault();
    setDrawer(rail, true);
    // Where one is stands in sight, however long the list has grown.
    rail.querySelector("[aria-current]")?.scrollIntoView({ block: "nearest" });
  } else if (rail.classList.contains("is-open") && (!rail.contains(target) || target.closest("[data-drawer-close]"))) {
    event.preventDefault();
    setDrawer(rail, false);
  }
}

function setDrawer(rail: HTMLElement, open: boolean): void {
  rail.classList.toggle("is-open", open);
  const button = document.querySelector<HTMLElement>("[data-drawer]");
  button?.setAttribute("aria-expanded", String(open));
  if (open) rail.querySelector<HTMLElement>("a[aria-current], ul a")?.focus();
  else button?.focus();
}

function onKey(event: KeyboardEvent): void {
  const target = event.target as HTMLElement;
  if (event.key === "Escape") {
    const rail = document.getElementById("nav");
    if (rail?.classList.contains("is-open")) setDrawer(rail, false);
    const menu = target.closest<HTMLDetailsElement>("details[data-menu][open]");
    if (menu) {
      menu.open = false;
      menu.querySelector("summary")?.focus();
    }
    if (target.closest("[data-search]")) target.blur();
  }
  if ((event.key === "ArrowDown" || event.key === "ArrowUp") && target.closest("[data-search]")) {
    const stops = [...document.querySelectorAll<HTMLElement>("#global-search, #suggestions a")];
    const next = stops[stops.indexOf(target) + (event.key === "ArrowDown" ? 1 : -1)];
    if (next) {
      event.preventDefault();
      next.focus();
    }
  }
}
