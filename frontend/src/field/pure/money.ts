/** Whole yuan in capital characters, as the server's papers have them (`cases/documents/money.py`). */
const DIGITS = "零壹贰叁肆伍陆柒捌玖";
const PLACES = ["", "拾", "佰", "仟"];
const MYRIADS = ["", "万", "亿"];

export function rmbCapital(yuan: number): string {
  if (!Number.isSafeInteger(yuan) || yuan < 0 || yuan >= 1e12) throw new RangeError(`${yuan} yuan`);
  if (!yuan) return "人民币零元整";
  let text = "";
  for (let index = MYRIADS.length - 1; index >= 0; index--) {
    const group = Math.floor(yuan / 10_000 ** index) % 10_000;
    if (!group) continue;
    const higher = Math.floor(yuan / 10_000 ** (index + 1));
    const gap = group < 1000 || higher % 10_000 === 0;
    text += (higher && gap ? "零" : "") + groupText(group) + MYRIADS[index];
  }
  return `人民币${text}元整`;
}

function groupText(group: number): string {
  let text = "";
  let zero = false;
  for (let place = 3; place >= 0; place--) {
    const digit = Math.floor(group / 10 ** place) % 10;
    if (digit) {
      text += (zero ? "零" : "") + DIGITS[digit] + PLACES[place];
      zero = false;
    } else if (text) zero = true;
  }
  return text;
}
