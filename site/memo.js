// The memo's arithmetic once more, for a reader who edits its assumptions. The formulas are those of the page without script.
(() => {
  "use strict";
  const form = document.getElementById("case");
  if (!form) return;
  const MINUS = "\u2212";

  const grouped = (value, places) => {
    const text = Math.abs(value).toFixed(places);
    const [whole, decimals] = text.split(".");
    const sign = value < 0 && Number(text) !== 0 ? MINUS : "";
    return sign + whole.replace(/\B(?=(\d{3})+$)/g, ",") + (decimals ? "." + decimals : "");
  };
  const significant = (value, digits) => {
    if (value === 0) return "0";
    const exponent = Math.floor(Math.log10(Math.abs(Number(value.toPrecision(digits)))));
    return grouped(Number(value.toPrecision(digits)), Math.max(0, digits - 1 - exponent));
  };
  const plain = (value) => {
    const text = grouped(value, 2);
    return text.includes(".") ? text.replace(/0+$/, "").replace(/\.$/, "") : text;
  };
  const money = (value) => {
    const size = Math.abs(value);
    const text = size === 0 ? "0" : size < 0.095 ? significant(size, 2) : grouped(size, size < 999.995 ? 2 : 0);
    return (value < 0 ? MINUS : "") + "$" + text;
  };
  const UNITS = [[172800, 86400, "days"], [3600, 3600, "h"], [60, 60, "min"], [1, 1, "s"], [1e-3, 1e-3, "ms"], [1e-6, 1e-6, "µs"], [0, 1e-9, "ns"]];
  const seconds = (value) => {
    if (value === 0) return "0\u00a0s";
    const [, scale, name] = UNITS.find(([from]) => from === 0 || Number((Math.abs(value) / from).toPrecision(3)) >= 1);
    return significant(value / scale, 3) + "\u00a0" + name;
  };

  const number = (input) => (Number.isFinite(input.valueAsNumber) ? Math.max(0, input.valueAsNumber) : 0);
  const value = (name) => number(form.elements[name]);
  const show = (name, text) => { form.querySelector(`[data-out="${name}"]`).textContent = text; };

  const update = () => {
    const month = (value("days_per_month") * value("people")) / 3600;
    const saved = { estimate: 0, low: 0, high: 0 };
    for (const row of form.querySelectorAll("tr[data-a]")) {
      const perDay = number(row.querySelector("input"));
      const each = row.dataset.a - row.dataset.b;
      row.querySelector('[data-out="line"]').textContent = seconds(each * perDay);
      saved.estimate += each * perDay * month;
      saved.low += row.dataset.low * perDay * month;
      saved.high += row.dataset.high * perDay * month;
    }
    const price = value("usd_per_hour");
    const extra = (value("b_usd_per_hour") - value("a_usd_per_hour")) * value("hours_per_day") * value("days_per_month");
    const net = saved.estimate * price - extra;
    const once = value("one_time");
    show("hours", plain(saved.estimate));
    show("hours_interval", `${plain(saved.low)} to ${plain(saved.high)}`);
    show("money", money(saved.estimate * price));
    show("money_interval", `${money(saved.low * price)} to ${money(saved.high * price)}`);
    show("extra", money(extra));
    show("net", money(net));
    show("break_even", net <= 0 ? "Never, at these assumptions" : once === 0 ? "At once" : `After ${plain(once / net)} months`);
  };

  form.addEventListener("input", update);
  form.addEventListener("submit", (event) => event.preventDefault());
  update();
})();
