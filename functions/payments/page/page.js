"use strict";
for (const form of document.querySelectorAll("form.group")) {
  const places = +form.dataset.places, out = form.querySelector("output");
  if (!out) continue;
  out.parentElement.hidden = false;
  const minor = text => {
    const plain = text.replace(/[\s'’]/g, ""), at = Math.max(plain.lastIndexOf(","), plain.lastIndexOf("."));
    const part = at < 0 ? "" : plain.slice(at + 1), whole = (at < 0 ? plain : plain.slice(0, at)).replace(/[.,]/g, "");
    return /^\d+$/.test(whole) && /^\d*$/.test(part) && part.length <= places ? +(whole + part.padEnd(places, "0")) : NaN;
  };
  const shown = new Intl.NumberFormat(form.dataset.locale, { minimumFractionDigits: places });
  const first = out.textContent, sign = first.replace(/[\d.,\s\u00a0\u202f'’]+/, "{}");
  const add = () => {
    const sum = [...form.querySelectorAll("input[name=pay]:checked")]
      .reduce((all, box) => all + minor(form.elements["amount-" + box.value].value), 0);
    out.textContent = Number.isNaN(sum) ? "–" : sign.replace("{}", sign.startsWith("{}")
      ? shown.format(sum / 10 ** places) + "\u00a0" : "\u00a0" + shown.format(sum / 10 ** places));
  };
  form.addEventListener("input", add);
  add();
}
for (const button of document.querySelectorAll("button.small")) {
  if (!navigator.clipboard) break;
  const words = button.textContent;
  button.hidden = false;
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(button.previousElementSibling.dataset.value);
    button.textContent = button.dataset.copied;
    setTimeout(() => { button.textContent = words; }, 2000);
  });
}
