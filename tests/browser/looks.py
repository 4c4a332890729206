"""What is wrong with a page as people see and hear it (WCAG 2.2 AA, as far as a script can tell)."""

from typing import Final

from playwright.sync_api import Page

FAULTS: Final = r"""() => {
  const all = query => [...document.querySelectorAll(query)], seen = e => e.offsetParent !== null;
  const told = (what, found) => found.map(e => `${what}: ${(e.outerHTML || e).slice(0, 160)}`);
  const light = c => { const p = c.match(/[\d.]+/g).slice(0, 3).map(v => v / 255)
    .map(v => v <= .04045 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4);
    return .2126 * p[0] + .7152 * p[1] + .0722 * p[2]; };
  const ground = e => { for (; e; e = e.parentElement) { const c = getComputedStyle(e).backgroundColor;
    if (!/, 0(\.\d+)?\)$/.test(c)) return c; } return "rgb(255, 255, 255)"; };
  const faint = e => { const a = light(getComputedStyle(e).color), b = light(ground(e));
    return (Math.max(a, b) + .05) / (Math.min(a, b) + .05) < 4.5; };
  const texts = all("body *").filter(e => seen(e) && [...e.childNodes].some(n => n.nodeType === 3 && n.data.trim()));
  const named = e => e.labels?.length || e.getAttribute("aria-label") || e.title;
  const ids = all("[id]").map(e => e.id), levels = all("h1,h2,h3,h4,h5,h6").map(e => +e.tagName[1]);
  const fields = all("input:not([type=hidden]),select,textarea"), controls = all("button,input,select,summary,nav a");
  return [
    ...(document.documentElement.scrollWidth > innerWidth ? ["the page is wider than the window"] : []),
    ...(document.title ? [] : ["no title"]), ...(document.documentElement.lang ? [] : ["no language"]),
    ...(all("main").length === 1 ? [] : ["not one main"]),
    ...(levels.filter(l => l === 1).length === 1 ? [] : ["not one h1"]),
    ...(levels.every((l, i) => !i || l <= levels[i - 1] + 1) ? [] : [`headings skip a level: ${levels}`]),
    ...told("the same id twice", ids.filter((id, i) => ids.indexOf(id) !== i)),
    ...told("a field without a name", fields.filter(e => !named(e))),
    ...told("a link or button without words", all("a,button").filter(e => !e.textContent.trim() && !named(e))),
    ...told("a picture without alt", all("img:not([alt])")),
    ...told("a frame without a title", all("iframe:not([title])")),
    ...told("a table without a caption", all("table").filter(e => !e.caption?.textContent.trim())),
    ...told("a header without a scope", all("th:not([scope])")),
    ...told("lower than 24 pixels", controls.filter(e => seen(e) && e.type !== "hidden"
      && e.getBoundingClientRect().height < 24)),
    ...told("fainter than 4.5 to 1", texts.filter(faint)),
    ...told("hidden by scrolling, yet no keyboard gets there", all(".scroll").filter(e => e.tabIndex !== 0)),
  ];
}"""
CUT: Final = """() => [...document.querySelectorAll(".scroll")].filter(e => e.scrollWidth > e.clientWidth + 1)
  .map(e => e.getAttribute("aria-label") || e.outerHTML.slice(0, 120))"""
"""Tables that don't fit where there should be room for them."""


def faults(page: Page, *, wide: bool = False) -> list[str]:
    """Every fault of the page shown; with `wide`, also tables of which a part is out of sight."""
    page.wait_for_load_state("load")
    found: list[str] = page.evaluate(FAULTS)
    cut: list[str] = page.evaluate(CUT) if wide else []
    return found + [f"cut off: {name}" for name in cut]
