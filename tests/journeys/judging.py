"""Judging a page by axe, each pair of colours once: contrast took most of a walk's time, always on the same pairs."""

from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Page

_SETTLED = """() => !document.querySelector(".htmx-request, [aria-busy=true], p.busy")"""
_AXE = """async ([structure, colours, known]) => {
  const options = {resultTypes: ["violations"], preload: false};
  const found = {violations: []};
  const judge = async (where, more) => {
    found.violations.push(...(await axe.run(where, {...options, ...more})).violations);
  };
  if (structure) await judge(document, {rules: {"color-contrast": {enabled: false}}});
  const fresh = new Map();
  // What contrast depends on: the letters, and whatever lies behind them up to the first opaque ground.
  const pair = (node) => {
    const { color, fontSize, fontWeight, textShadow } = getComputedStyle(node);
    const told = [color, fontSize, fontWeight, textShadow];
    for (let at = node; at instanceof Element; at = at.parentElement ?? at.getRootNode().host) {
      const { backgroundColor: ground, backgroundImage: image, opacity, position } = getComputedStyle(at);
      if (image !== "none" || /absolute|fixed|sticky/.test(position)) told.push(at.localName, at.className, image);
      if (opacity !== "1") told.push(opacity);
      if (!/, 0\\)|transparent/.test(ground)) told.push(ground);
      if (/^rgb\\(/.test(ground)) break;
    }
    return told.join(" ");
  };
  const gather = (node) => {
    if (!node.checkVisibility()) return;
    const { childNodes: inside } = node;
    if (node.matches("input, select, textarea") || [...inside].some((one) => one.nodeType === 3 && one.data.trim())) {
      const key = pair(node);
      if (!known.includes(key) && !fresh.has(key)) fresh.set(key, node);
    }
    for (const child of [...(node.shadowRoot?.children ?? []), ...node.children]) gather(child);
  };
  if (colours) document.querySelectorAll(colours).forEach(gather);
  if (fresh.size) await judge({include: [...fresh.values()]}, {runOnly: ["color-contrast"]});
  const why = (node) => node.any.map((told) => told.message).join("; ").slice(0, 200);
  const where = (node) => `${node.target} ${node.html.slice(0, 160)} ${why(node)}`;
  const wrong = found.violations.map((one) => `${one.id}: ${one.nodes.map(where).join(" | ")}`);
  return [wrong, [...fresh.keys()]];
}"""


class Judge:
    """What one person's walk has judged of each scheme of colours; another walk begins anew."""

    def __init__(self) -> None:
        self._pairs: dict[str, list[str]] = {}

    def settle(self, page: Page) -> None:
        """Waits until the page has all its parts."""
        page.wait_for_function(_SETTLED)

    def wrong(self, page: Page, scheme: str, *, structure: bool, colours: str) -> list[str]:
        """Axe's complaints: of the whole document, and of pairs of colours that are new in `colours`, a selector."""
        if not structure and not colours:
            return []
        if not page.evaluate("() => 'axe' in window"):
            page.evaluate(AXE_SCRIPT)
        known = self._pairs.setdefault(scheme, [])
        found: tuple[list[str], list[str]] = page.evaluate(_AXE, [structure, colours, known])
        known += found[1]
        return found[0]
