// Opens every page of a rendered site in Chromium and checks what a reader would notice.
//
//   node check.mjs SITE_DIR [--shots FOLDER] [--chromium PATH]
//
// Each page at 1280 and 390 px, light and dark, with and without JavaScript: no accessibility violation (axe-core), no
// error on the console, no request outside of the folder, no sideways scrolling, every chart with a visible size.
// Pages are opened from file://, as a reader opens them. Exit code 1 if anything is wrong; screenshots go to FOLDER.
import { readFile, readdir, mkdir } from "node:fs/promises";
import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { chromium } from "playwright-core";

const WIDTHS = [1280, 390];
const SCHEMES = ["light", "dark"];
// A quiet browser: nothing of its own on the network.
const ARGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
  "--disable-component-update", "--disable-sync"];

const options = readArguments(process.argv.slice(2));
const site = path.resolve(options.site);
const axe = await readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const pages = (await readdir(site)).filter((name) => name.endsWith(".html")).sort();
if (pages.length === 0) fail(`${site} has no pages`);
if (options.shots) await mkdir(options.shots, { recursive: true });

const launch = () => chromium.launch({ executablePath: options.chromium, args: ARGS });
const problems = [];
let views = 0;
// A browser for each scheme, at once: two pages of one browser would slow each other down, as the one behind is throttled.
await Promise.all(SCHEMES.map(async (colorScheme) => {
  const browser = await launch();
  for (const javaScriptEnabled of [true, false]) {
    for (const width of WIDTHS) {
      const viewport = { width, height: 900 };
      const context = await browser.newContext({ viewport, colorScheme, javaScriptEnabled, reducedMotion: "reduce" });
      await checkPages(context, { width, colorScheme, javaScriptEnabled });
      await context.close();
    }
  }
  await browser.close();
}));
const browser = await launch();
await checkKeyboard();
await checkCopyAndTheme();
await browser.close();

for (const problem of problems) console.error(problem);
console.log(`${pages.length} pages, ${views} views, ${problems.length} problems`);
process.exit(problems.length === 0 ? 0 : 1);

// All pages one after the other in one tab, which spares a process and a copy of axe for each.
async function checkPages(context, view) {
  const page = await context.newPage();
  let where = "";
  const note = (what) => problems.push(`${where}: ${what}`);
  page.on("console", (message) => { if (["error", "warning"].includes(message.type())) note(`console: ${message.text()}`); });
  page.on("pageerror", (error) => note(`script error: ${error.message}`));
  page.on("requestfailed", (request) => note(`request failed: ${request.url()}`));
  page.on("request", (request) => {
    const url = request.url();
    const inside = url.startsWith(pathToFileURL(site).href) || url.startsWith("data:") || url.startsWith("blob:");
    if (!inside) note(`request to ${url}`);
  });
  if (view.javaScriptEnabled) await page.addInitScript(axe);
  for (const name of pages) {
    where = `${name} at ${view.width} px, ${view.colorScheme}, ${view.javaScriptEnabled ? "with" : "without"} scripts`;
    await check(page, name, view, note);
    views += 1;
  }
  await page.close();
}

async function check(page, name, view, note) {
  await page.goto(pathToFileURL(path.join(site, name)).href, { waitUntil: "load" });
  const layout = await measure(page, view.javaScriptEnabled);
  if (layout.scroll > layout.client) note(`scrolls sideways: ${layout.scroll} px in ${layout.client} px (${layout.widest})`);
  for (const chart of layout.charts) {
    if (!chart.some((box) => box.width > 150 && box.height > 50)) note(`a chart has no visible size: ${JSON.stringify(chart)}`);
  }
  if (view.javaScriptEnabled) {
    // A reader opens the closed parts, so they are checked open.
    await page.evaluate(() => document.querySelectorAll("details").forEach((part) => { part.open = true; }));
    const wide = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
    if (wide > 0) note(`scrolls sideways by ${wide} px once its parts are open`);
    // Only what is wrong: all that is right, node by node, takes longer to send than to find.
    const violations = await page.evaluate(() => globalThis.axe.run(document, {
      runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
      resultTypes: ["violations"],
      preload: false, // it would fetch the style sheet, which file:// forbids
    }).then((result) => result.violations));
    for (const violation of violations) {
      const nodes = violation.nodes.slice(0, 3).map((node) => `${node.target.join(" ")}: ${node.failureSummary.replace(/\s+/g, " ")}`);
      note(`axe ${violation.id} (${violation.nodes.length}×): ${nodes.join(" | ")}`);
    }
  }
  if (options.shots) {
    if (view.javaScriptEnabled) {
      await page.evaluate(() => document.querySelectorAll("details").forEach((part) => { part.open = part.classList.contains("missing"); }));
    }
    const file = [name.replace(/\.html$/, ""), view.width, view.colorScheme, view.javaScriptEnabled ? null : "nojs"];
    await page.screenshot({ path: path.join(options.shots, `${file.filter(Boolean).join("-")}.png`), fullPage: true });
  }
}

// Without scripts the page cannot be asked in its own world; the devtools protocol still can.
async function measure(page, scripts) {
  const ask = () => {
    const root = document.documentElement;
    const box = (element) => { const r = element.getBoundingClientRect(); return { width: r.width, height: r.height }; };
    let widest = "";
    for (const element of document.querySelectorAll("body *")) {
      if (element.getBoundingClientRect().right > root.clientWidth + 1 && !element.closest(".scroll, pre, .top nav, .skip")) {
        widest = `${element.tagName.toLowerCase()}.${element.className}`;
      }
    }
    return {
      scroll: root.scrollWidth, client: root.clientWidth, widest,
      charts: [...document.querySelectorAll(".bb-figure")].map((figure) => [...figure.querySelectorAll("svg")].map(box)),
    };
  };
  if (scripts) return page.evaluate(ask);
  const session = await page.context().newCDPSession(page);
  const { result } = await session.send("Runtime.evaluate", { expression: `(${ask})()`, returnByValue: true });
  return result.value ?? { scroll: 0, client: 0, widest: "", charts: [] };
}

// The first Tab reaches the skip link, and Enter leads to the content.
async function checkKeyboard() {
  const page = await browser.newPage();
  const start = pages.includes("index.html") ? "index.html" : pages[0];
  await page.goto(pathToFileURL(path.join(site, start)).href);
  if (await page.locator(".skip").count()) {
    await page.keyboard.press("Tab");
    const skip = await page.evaluate(() => document.activeElement.className === "skip" && document.activeElement.getBoundingClientRect().left >= 0);
    if (!skip) problems.push("the first Tab does not show the skip link");
    await page.keyboard.press("Enter");
    const inMain = await page.evaluate(() => location.hash === "#main");
    if (!inMain) problems.push("the skip link does not lead to the content");
  }
  await page.close();
}

// What scripts add works: the theme changes and stays, a copy button copies.
async function checkCopyAndTheme() {
  const context = await browser.newContext({ colorScheme: "light" });
  const page = await context.newPage();
  const open = (name) => page.goto(pathToFileURL(path.join(site, name)).href);
  for (const name of pages) {
    await open(name);
    if (await page.locator(".theme").count()) {
      const paper = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
      const before = await paper();
      await page.locator(".theme").click();
      const after = await paper();
      if (before === after) problems.push(`${name}: the theme button changes nothing`);
      await page.reload();
      if ((await paper()) !== after) problems.push(`${name}: the chosen theme is forgotten`);
      await page.locator(".theme").click();
    }
    const button = page.locator(".copy").first();
    if (await button.count()) {
      await button.click();
      await page.waitForTimeout(100);
      if ((await button.textContent()) === "Copy") problems.push(`${name}: a copy button does nothing`);
    }
  }
  await context.close();
}

function readArguments(words) {
  const options = { chromium: process.env.CHROMIUM ?? "/usr/bin/chromium" };
  while (words.length > 0) {
    const word = words.shift();
    if (word === "--shots") options.shots = words.shift();
    else if (word === "--chromium") options.chromium = words.shift();
    else if (options.site === undefined && !word.startsWith("-")) options.site = word;
    else fail(`what is ${word}? usage: node check.mjs SITE_DIR [--shots FOLDER] [--chromium PATH]`);
  }
  if (!options.site) fail("usage: node check.mjs SITE_DIR [--shots FOLDER] [--chromium PATH]");
  if (!existsSync(options.chromium)) fail(`no browser at ${options.chromium}: install Chromium, or name it with --chromium`);
  return options;
}

function fail(why) {
  console.error(why);
  process.exit(2);
}
