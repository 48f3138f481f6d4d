"""axe-core's verdict on a page, as a sentence for each fault; axe-core comes with what bundles the pages."""

from typing import TYPE_CHECKING

from tests.npm_clients import NODE_MODULES

if TYPE_CHECKING:
    from playwright.sync_api import Page

AXE = NODE_MODULES / "axe-core" / "axe.min.js"

_RULES = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice")
_STILL = "() => document.getAnimations().forEach((motion) => { try { motion.finish() } catch { motion.cancel() } })"
_DRAWN = "() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))"
_RUN = """
async (tags) => {
  // Without preloading: axe would copy styles of shadow roots into the page, which its policy refuses.
  const found = await axe.run(document, { runOnly: { type: "tag", values: tags }, resultTypes: ["violations"], preload: false });
  return found.violations.flatMap(({ id, help, nodes }) =>
    nodes.map((node) => `${id}: ${help}: ${node.target.join(" ")}: ${node.any.concat(node.all).map((check) => check.message).join("; ")}`));
}
"""


def faults_of(page: "Page") -> list[str]:
    """What WCAG 2.2 AA and axe's own good practice find wrong with the page as it stands now; empty where nothing is.

    What moves is brought to its end first: a colour halfway between two others is neither's fault.
    """
    if not page.evaluate("'axe' in window"):
        # Evaluated through the browser's own tools at once, which a page's policy against eval lets pass.
        page.evaluate(AXE.read_text(encoding="utf-8"))
    # What has scrolled half under the header is no smaller for it.
    page.evaluate("window.scrollTo(0, 0)")
    page.evaluate(_DRAWN)
    page.evaluate(_STILL)
    page.evaluate(_DRAWN)
    faults: list[str] = page.evaluate(_RUN, list(_RULES))
    return faults


def faults_in_all_looks(page: "Page") -> dict[str, list[str]]:
    """Faults for a phone and a desk, by day and by night; looks without a fault are left out."""
    found = {}
    for width, height in ((390, 844), (1440, 900)):
        for scheme in ("light", "dark"):
            page.set_viewport_size({"width": width, "height": height})
            page.emulate_media(color_scheme=scheme)
            # Charts and waveforms are drawn anew when the colours change.
            page.wait_for_timeout(250)
            if faults := faults_of(page):
                found[f"{width} px, {scheme}"] = faults
    return found
