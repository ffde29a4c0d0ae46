"""index.html in a real browser: headless Chromium, from the disk, on a desktop and on a phone.

Screenshots go to $SSH2CORE_SCREENSHOTS, or to pytest's temporary folder.
"""

import json
import os
import shutil
import time
from pathlib import Path
from urllib.parse import unquote

import pytest

from interop.report.cell import UNEXPECTED
from interop.report.main import write_reports
from interop.tests.report_sample import (
    CIPHERS,
    HOSTILE,
    SERVERS,
    cell,
    hostile,
    many,
    new_results,
    plausible,
    write_verdicts,
)

selenium = pytest.importorskip("selenium", reason="skipped: python3-selenium is not installed")
from selenium import webdriver  # noqa: E402
from selenium.webdriver.common.by import By  # noqa: E402
from selenium.webdriver.common.keys import Keys  # noqa: E402
from selenium.webdriver.support.ui import Select, WebDriverWait  # noqa: E402

PROGRAMS = {name: shutil.which(name) for name in ("chromium", "chromedriver")}
pytestmark = [
    pytest.mark.skipif(not path, reason=f"skipped: {name} not found") for name, path in PROGRAMS.items()
]
FAILED = "lftp/transport/cipher-each[aes128-ctr]@sshd"
FLAKY = "curl/fault/slow-peer@sshd"


@pytest.fixture(scope="module")
def report(tmp_path_factory):
    """The folder of a plausible report, compared with a baseline in which one cell failed less."""
    folder = tmp_path_factory.mktemp("report")
    old, new = plausible(folder / "old", clients=10), plausible(folder / "new", clients=10)
    old.cells[FAILED]["state"], old.cells[FAILED]["reason"] = "pass", ""
    old.cells.pop("psftp/ext/fsync@sshd")
    old.add(cell("psftp/sftp/dropped@sshd"))
    write_reports(new, old)
    write_verdicts(new)
    document = json.loads((folder / "new" / "results.json").read_text())
    return folder / "new", document


@pytest.fixture(scope="module")
def screenshots(tmp_path_factory):
    folder = os.environ.get("SSH2CORE_SCREENSHOTS")
    folder = Path(folder) if folder else tmp_path_factory.mktemp("screenshots")
    folder.mkdir(parents=True, exist_ok=True)
    return folder


class Browser:
    """A Chromium, the page it shows, and what it complained about."""

    def __init__(self, driver):
        self.driver = driver

    def set(self, width=1440, height=900, phone=False, dark=False):
        """How large the window is, and what the user prefers."""
        size = {"width": width, "height": height, "deviceScaleFactor": 2 if phone else 1, "mobile": phone}
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
        self.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [scheme]})

    def open(self, path, fragment=""):
        self.driver.get("about:blank")
        self.driver.get_log("browser"), self.driver.get_log("performance")
        self.driver.get(Path(path).as_uri() + fragment)
        self.wait(lambda: self.all("body.ready"))

    def all(self, selector):
        return self.driver.find_elements(By.CSS_SELECTOR, selector)

    def one(self, selector):
        return self.driver.find_element(By.CSS_SELECTOR, selector)

    def text(self, selector):
        return self.one(selector).text

    def run(self, code):
        return self.driver.execute_script(code)

    def wait(self, condition, seconds=10):
        return WebDriverWait(self.driver, seconds, poll_frequency=0.05).until(lambda _: condition())

    def press(self, *keys):
        webdriver.ActionChains(self.driver).send_keys(*keys).perform()

    def requests(self):
        """Addresses asked for since open(), but for the page's own and data: addresses."""
        found = []
        for entry in self.driver.get_log("performance"):
            message = json.loads(entry["message"])["message"]
            if message["method"] == "Network.requestWillBeSent":
                url = message["params"]["request"]["url"]
                if not url.startswith("data:"):
                    found.append(url)
        return found

    def complaints(self):
        return [entry["message"] for entry in self.driver.get_log("browser")]


@pytest.fixture(scope="module")
def chromium(tmp_path_factory):
    options = webdriver.ChromeOptions()
    options.binary_location = PROGRAMS["chromium"]
    profile = tmp_path_factory.mktemp("chromium")
    for word in (
        "--headless=new",
        "--no-sandbox",
        "--disable-gpu",
        "--no-first-run",
        f"--user-data-dir={profile}",
    ):
        options.add_argument(word)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    service = webdriver.chrome.service.Service(PROGRAMS["chromedriver"])
    driver = webdriver.Chrome(service=service, options=options)
    try:
        yield Browser(driver)
    finally:
        driver.quit()


@pytest.fixture
def browser(chromium):
    """The browser as on a desktop; nothing may have been complained about at the end."""
    chromium.set()
    yield chromium
    assert chromium.complaints() == []


def chip(browser, name):
    return browser.one(f'button[data-key="states {name}"], button[data-key="changes {name}"]')


def found(browser):
    """How many cells pass the filters, as the page says."""
    return int(browser.text("#found").split()[0].replace(",", ""))


def visible_cells(browser):
    return browser.all("#grid .cell:not(.none)")


def test_the_page_opens_without_a_request_or_complaint(browser, report, screenshots):
    folder, document = report
    browser.open(folder / "index.html")
    browser.driver.save_screenshot(str(screenshots / "desktop-light.png"))
    urls = browser.requests()
    assert urls == [(folder / "index.html").as_uri()]
    bad = sum(number for state, number in document["totals"].items() if state in UNEXPECTED)
    assert browser.text("#verdict") == f"{bad} of {len(document['cells']):,} cells are unexpected"
    for state, number in document["totals"].items():
        assert chip(browser, state).get_attribute("data-count") == str(number), state
    facts = browser.text(".facts")
    assert "sshd 9.2p1" in facts and "proftpd 1.3.8" in facts and "8 min 32 s" in facts
    browser.one(".versions summary").click()
    assert "/dev/fuse is not there" in browser.text(".versions")


def test_the_grid_has_every_scenario_and_client(browser, report):
    folder, document = report
    browser.open(folder / "index.html")
    scenarios = {entry["scenario"] for entry in document["cells"]}
    clients = {entry["client"] for entry in document["cells"]}
    assert len(browser.all('#grid [role="rowheader"]')) == len(scenarios)
    assert {one.text for one in browser.all(".client .name")} == clients
    assert browser.one("#grid").get_attribute("aria-rowcount") == str(len(scenarios) + 1)
    assert browser.one("#grid").get_attribute("aria-colcount") == str(len(clients) * len(SERVERS) + 1)


def test_filters_by_state_group_client_server_and_text(browser, report):
    folder, document = report
    browser.open(folder / "index.html")
    chip(browser, "fail").click()
    fails = document["totals"]["fail"]
    browser.wait(lambda: found(browser) == fails)
    assert {one.get_attribute("class").split()[1] for one in visible_cells(browser)} == {"s-fail"}
    assert chip(browser, "fail").get_attribute("aria-pressed") == "true"
    browser.one("#reset").click()
    browser.wait(lambda: browser.text("#found") == "")

    expected = document["cells"]
    Select(browser.one("#group")).select_by_visible_text("auth")
    expected = [one for one in expected if one["scenario"].startswith("auth/")]
    browser.wait(lambda: found(browser) == len(expected))
    browser.one('[data-server="sshd"]').click()
    expected = [one for one in expected if one["server"] == "sshd"]
    browser.wait(lambda: found(browser) == len(expected))
    Select(browser.one("#client")).select_by_visible_text("psftp")
    expected = [one for one in expected if one["client"] == "psftp"]
    browser.wait(lambda: found(browser) == len(expected))
    browser.one("#search").send_keys("KEY wrong")
    browser.wait(lambda: found(browser) == 1)
    assert "q=KEY%20wrong" in browser.driver.current_url
    browser.one("#search").send_keys("nothing has this")
    browser.wait(lambda: "No cell passes" in browser.text("#stage"))


def test_a_cell_opens_with_all_that_is_known(browser, report, screenshots):
    folder, document = report
    browser.open(folder / "index.html", f"#cell={FAILED}")
    wanted = next(one for one in document["cells"] if one["id"] == FAILED)
    assert wanted["state"] == "fail"
    panel = browser.text("#panel")
    assert browser.text("#panel-title").split() == ["transport/cipher-each", "aes128-ctr"]
    assert "lftp → sshd" in panel and browser.text("#expected") == "pass"
    assert browser.text("#reason") == wanted["reason"]
    assert "worse than in the baseline (was pass)" in panel
    for check in wanted["checks"]:
        assert check["check"] in panel and check["detail"] in panel
    differing = [row.text for row in browser.all(".negotiated .differ")]
    assert len(differing) == 1 and "aes256-gcm@openssh.com" in differing[0] and "aes128-ctr" in differing[0]
    assert "sftp version 3" in browser.text(".negotiated"), "what only the session tells"
    assert browser.text("#rerun") == wanted["rerun"]
    links = {link.text: link.get_attribute("href") for link in browser.all(".artefacts a")}
    assert links.keys() == wanted["artefacts"].keys()
    for name, url in links.items():
        assert Path(unquote(url.removeprefix("file://"))).read_text() == f"{FAILED}\n", name
    assert len(browser.all(".neighbour")) == 2
    browser.driver.save_screenshot(str(screenshots / "desktop-cell.png"))
    browser.one("#copy").click()
    browser.wait(lambda: browser.text("#copy") == "Copied")
    browser.press(Keys.ESCAPE)
    browser.wait(lambda: not browser.one("#panel").is_displayed())
    assert "cell=" not in browser.driver.current_url


def test_a_click_on_a_family_lists_its_cells(browser, report):
    folder, _ = report
    browser.open(folder / "index.html", "#client=lftp&server=sshd&group=transport")
    visible_cells(browser)[0].click()
    browser.wait(lambda: len(browser.all("#panel .item")) == len(CIPHERS))
    assert browser.text("#panel .item .value") == "aes128-ctr", "the failed one comes first"
    browser.one("#panel .item").click()
    browser.wait(lambda: browser.all("#outcome.s-fail"))
    browser.one("#next").click()
    browser.wait(lambda: "aes256-ctr" in browser.text("#panel-title"))
    browser.one(".back").click()
    browser.wait(lambda: len(browser.all("#panel .item")) == len(CIPHERS))


def test_a_flaky_cell_shows_its_runs(browser, report):
    folder, _ = report
    browser.open(folder / "index.html", f"#cell={FLAKY}")
    assert browser.all("#outcome.s-flaky") and len(browser.all(".runs li")) == 3


def test_changes_since_the_baseline_are_marked(browser, report):
    folder, _ = report
    browser.open(folder / "index.html")
    counts = {kind: chip(browser, kind).get_attribute("data-count") for kind in ("worse", "appeared", "gone")}
    assert counts == {"worse": "1", "appeared": "1", "gone": "1"}
    chip(browser, "worse").click()
    browser.wait(
        lambda: [one.get_attribute("class") for one in visible_cells(browser)] and found(browser) == 1
    )
    assert "c-worse" in visible_cells(browser)[0].get_attribute("class")
    assert "worse than in the baseline" in visible_cells(browser)[0].get_attribute("aria-label")
    chip(browser, "worse").click()
    chip(browser, "gone").click()
    browser.wait(lambda: browser.all(".cell.s-gone"))
    assert browser.text(".scenario .name") == "dropped"


def test_the_keyboard_is_enough(browser, report):
    folder, _ = report
    browser.open(folder / "index.html", "#server=sshd")
    browser.run("document.querySelector('#grid [tabindex=\"0\"]').focus()")
    browser.press(Keys.ARROW_DOWN, Keys.ARROW_DOWN, Keys.ARROW_RIGHT)
    assert browser.run("return document.activeElement.dataset.at") == "2,2"
    browser.press(Keys.ARROW_DOWN, Keys.ENTER)
    browser.wait(lambda: browser.all("#outcome"))
    assert browser.run("return document.activeElement.id") == "panel"
    first = browser.driver.current_url
    browser.press("]")
    browser.wait(lambda: browser.driver.current_url != first)
    browser.press("[")
    browser.wait(lambda: browser.driver.current_url == first)
    browser.press(Keys.ESCAPE)
    browser.wait(lambda: not browser.all("#outcome"))
    assert browser.run("return document.activeElement.dataset.at") == "3,2"
    webdriver.ActionChains(browser.driver).key_down(Keys.CONTROL).send_keys(Keys.END).key_up(
        Keys.CONTROL
    ).perform()
    last = browser.run(
        "return [document.activeElement.dataset.at, document.querySelectorAll('[data-row]').length]"
    )
    assert last[0] == f"{last[1]},10"
    browser.press("/")
    browser.wait(lambda: browser.run("return document.activeElement.id") == "search")


def test_a_link_shows_the_same_to_everybody(browser, report):
    folder, document = report
    browser.open(folder / "index.html", "#state=unsupported&server=proftpd&q=psftp&view=list")
    wanted = [
        one
        for one in document["cells"]
        if (one["client"], one["server"], one["state"]) == ("psftp", "proftpd", "unsupported")
    ]
    assert len(browser.all("#list .item")) == len(wanted) > 0
    assert browser.one("#search").get_attribute("value") == "psftp"
    browser.one("#list .item").click()
    browser.wait(lambda: browser.all("#outcome.s-unsupported"))
    browser.driver.back()
    browser.wait(lambda: not browser.one("#panel").is_displayed())
    browser.open(folder / "index.html", "#view=list")
    assert len(browser.all("#list .item")) < 300
    browser.run("document.querySelector('.scroller').scrollTop = 1e6")
    browser.wait(lambda: len(browser.all("#list .item")) >= 200)
    browser.open(folder / "index.html", "#cell=no/such/cell@x")
    assert "no cell of that name" in browser.text("#panel")
    browser.open(folder / "index.html", "#q=100%&state=,&view=odd")
    assert browser.one("#search").get_attribute("value") == "100%"


def test_dark_mode(browser, report, screenshots):
    folder, _ = report
    ground = "return getComputedStyle(document.body).backgroundColor"
    browser.open(folder / "index.html")
    light = browser.run(ground)
    browser.set(dark=True)
    assert browser.run(ground) != light
    browser.open(folder / "index.html", f"#cell={FAILED}")
    browser.driver.save_screenshot(str(screenshots / "desktop-dark.png"))


def contrast(colours):
    """The contrast of two colours rgb(r, g, b), by WCAG 2."""
    lights = []
    for colour in colours:
        parts = [int(part) / 255 for part in colour[colour.index("(") + 1 : -1].split(",")[:3]]
        parts = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
        lights.append(0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2])
    return (max(lights) + 0.05) / (min(lights) + 0.05)


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_states_differ_without_colour_and_are_readable(browser, tmp_path, dark):
    states = ("pass", "fail", "xfail", "xpass", "unsupported", "skipped", "error", "timeout", "crash")
    results = new_results(tmp_path)
    for state in states:
        results.add(cell(f"psftp/states/{state}@sshd", state))
    results.add(cell("psftp/states/flaky@sshd", "fail", flaky=True))
    write_reports(results)
    browser.set(dark=dark)
    browser.open(tmp_path / "index.html")
    shown = visible_cells(browser)
    assert len({one.text for one in shown}) == len(states) + 1, "each has a glyph of its own"
    page = browser.run("return getComputedStyle(document.body).backgroundColor")
    for one in shown:
        ground = one.value_of_css_property("background-color").replace("rgba", "rgb")
        ground = page if ground.endswith(", 0)") else ground
        assert contrast((one.value_of_css_property("color").replace("rgba", "rgb"), ground)) >= 4.5, one.text


def test_on_a_phone_there_is_a_list(browser, report, screenshots):
    folder, document = report
    browser.set(375, 812, phone=True)
    browser.open(folder / "index.html")
    browser.driver.save_screenshot(str(screenshots / "phone.png"))
    assert not browser.all("#grid") and browser.all("#list .item")
    assert browser.run("return document.documentElement.scrollWidth") <= 375
    assert browser.one("#list .glyph").get_attribute("class").split()[1][2:] in UNEXPECTED
    first = len(browser.all("#list .item"))
    browser.run("scrollTo(0, document.body.scrollHeight)")
    browser.wait(lambda: len(browser.all("#list .item")) > first)
    browser.run("scrollTo(0, 0)")
    browser.one("#list .item").click()
    browser.wait(lambda: browser.all("#outcome"))
    assert browser.text(".bar-title") == f"1 of {len(document['cells'])}", "the order is the list's"
    browser.driver.save_screenshot(str(screenshots / "phone-cell.png"))
    box = browser.one("#panel").rect
    assert (box["x"], box["width"]) == (0, 375)
    assert browser.run("return document.getElementById('panel').scrollWidth") <= 375
    browser.one("#close").click()
    browser.wait(lambda: not browser.one("#panel").is_displayed())


def test_hostile_text_stays_text(browser, tmp_path):
    results = hostile(tmp_path)
    write_reports(results)
    browser.open(tmp_path / "index.html")
    assert len(visible_cells(browser)) == len(HOSTILE)
    for number in range(len(HOSTILE)):
        visible_cells(browser)[number].click()
        wanted = f"fault/hostile-{number}"
        browser.wait(lambda: browser.text("#panel-title").startswith(wanted))
        shown = browser.run("return document.getElementById('reason').textContent")
        if number not in (3, 4):  # nul and lone surrogates cannot come through
            assert shown == HOSTILE[number]
    assert browser.run("return window.broken") is None
    assert not browser.all("#panel img, #panel script")
    assert all(not link.get_attribute("href").startswith("javascript:") for link in browser.all("a"))
    assert len(browser.requests()) == 1


def test_ten_thousand_cells_stay_quick(browser, tmp_path, screenshots):
    write_reports(many(tmp_path))
    paints = []
    while len(paints) < 5 and min(paints, default=1000) >= 1000:  # other tests share the machine
        browser.open(tmp_path / "index.html")
        paints.append(browser.run("return performance.getEntriesByType('paint')[0].startTime"))
    assert min(paints) < 1000, "milliseconds to the first paint"
    assert (
        browser.run("return document.querySelectorAll('*').length") < 8000
    ), "rows out of sight are not made"
    began = time.monotonic()
    browser.one('[data-server="sshd"]').click()
    browser.wait(lambda: found(browser) > 3000)
    assert time.monotonic() - began < 5, "a fraction of a second on an idle machine"
    browser.one('[data-server=""]').click()
    browser.run("document.querySelector('.scroller').scrollTop = 1e6")
    last = "#grid .band:last-child .row:last-child .cell"
    browser.wait(lambda: browser.all(last))
    browser.driver.save_screenshot(str(screenshots / "ten-thousand.png"))
    browser.all(last)[0].click()
    browser.wait(lambda: browser.all("#outcome"))


def test_a_green_run_says_so(browser, tmp_path, screenshots):
    results = new_results(tmp_path)
    for server in SERVERS:
        results.add(cell(f"psftp/sftp/put-get@{server}"))
        results.add(cell(f"curl/sftp/chmod@{server}", "unsupported"))
    write_reports(results)
    browser.open(tmp_path / "index.html")
    browser.driver.save_screenshot(str(screenshots / "green.png"))
    assert browser.text("#verdict") == "All 6 cells came out as expected"
    assert browser.text(".facts").startswith("sftpd-lite 0.1.0")


def test_a_run_without_cells_is_a_page_too(browser, tmp_path):
    write_reports(new_results(tmp_path))
    browser.open(tmp_path / "index.html")
    assert browser.text("#verdict") == "No cell was run" and "This run has no cells" in browser.text("#stage")
