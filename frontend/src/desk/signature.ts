/** A signature drawn with a finger, a pen or a mouse: the picture goes into a hidden input as PNG. */

const INK = "#111";
const WIDTH = 4;

export function startSignatures(): void {
  for (const pad of document.querySelectorAll<HTMLElement>("[data-signature]")) start(pad);
}

function start(pad: HTMLElement): void {
  const canvas = pad.querySelector("canvas");
  const box = document.getElementById(pad.dataset["signature"] ?? "");
  const context = canvas?.getContext("2d");
  if (!canvas || !context || !(box instanceof HTMLInputElement)) return;
  pad.hidden = false;
  const keep = (value: string): void => {
    box.value = value;
    box.dispatchEvent(new Event("input", { bubbles: true }));
  };
  if (box.value) redraw(context, box.value);
  let drawing = false;
  const place = (event: PointerEvent): [number, number] => {
    const frame = canvas.getBoundingClientRect();
    return [
      ((event.clientX - frame.left) * canvas.width) / frame.width,
      ((event.clientY - frame.top) * canvas.height) / frame.height,
    ];
  };
  canvas.addEventListener("pointerdown", (event) => {
    drawing = true;
    canvas.setPointerCapture(event.pointerId);
    Object.assign(context, { strokeStyle: INK, lineWidth: WIDTH, lineCap: "round", lineJoin: "round" });
    context.beginPath();
    context.moveTo(...place(event));
    event.preventDefault();
  });
  canvas.addEventListener("pointermove", (event) => {
    if (!drawing) return;
    context.lineTo(...place(event));
    context.stroke();
  });
  for (const end of ["pointerup", "pointercancel"]) {
    canvas.addEventListener(end, () => {
      if (drawing) keep(canvas.toDataURL("image/png"));
      drawing = false;
    });
  }
  pad.querySelector("button")?.addEventListener("click", () => {
    context.clearRect(0, 0, canvas.width, canvas.height);
    keep("");
  });
}

function redraw(context: CanvasRenderingContext2D, picture: string): void {
  if (!picture.startsWith("data:image/png;base64,")) return;
  const image = new Image();
  image.addEventListener("load", () => context.drawImage(image, 0, 0));
  image.src = picture;
}
