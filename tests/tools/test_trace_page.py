"""The page of the trace in a real browser, headless Chromium: by keys, by clicks, on a phone, without a network."""

import re
import shutil

import pytest

from harness.places import BUILD, milestones, symbols

REASON = "Chromium, its driver or Selenium is missing: apt-get install chromium chromium-driver python3-selenium"
try:
    from selenium import webdriver
    from selenium.webdriver.common.by import By
    from selenium.webdriver.common.keys import Keys
    from selenium.webdriver.chrome.service import Service
except ImportError:
    webdriver = None
CHROMIUM = shutil.which("chromium")
DRIVER = shutil.which("chromedriver")

pytestmark = pytest.mark.skipif(not (webdriver and CHROMIUM and DRIVER), reason=REASON)


@pytest.fixture(scope="module")
def browser(whole_trace):
    options = webdriver.ChromeOptions()
    options.binary_location = CHROMIUM
    for argument in ("--headless=new", "--no-sandbox", "--disable-gpu", "--window-size=1440,1000",
                     "--disable-dev-shm-usage", "--host-resolver-rules=MAP * ~NOTFOUND"):  # fmt: skip
        options.add_argument(argument)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    driver = webdriver.Chrome(service=Service(DRIVER), options=options)
    yield driver
    driver.quit()


@pytest.fixture
def page(browser):
    browser.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})
    browser.get("about:blank")
    browser.get(f"file://{BUILD}/trace.html")
    return browser


def press(page, *keys):
    for key in keys:
        page.find_element(By.TAG_NAME, "body").send_keys(key)


def now(page):
    return page.find_element(By.CSS_SELECTOR, "#now code").text


def shown(page, name):
    return page.find_element(By.ID, name).text


def row_here(page):
    return page.find_element(By.CSS_SELECTOR, ".row.here")


def register(page, name):
    return re.search(rf"\b{name}\s+([0-9a-f]{{8}})", shown(page, "registers"))[1]


def test_the_page_opens_at_the_boot_record(page):
    assert now(page) == "10 mbr_entry"
    assert "The BIOS has put the MBR at 0x7C00" in shown(page, "now")
    assert shown(page, "mode").startswith("Real mode")
    assert len(page.find_elements(By.CSS_SELECTOR, "#milestones button")) == len(milestones())
    page.save_screenshot(str(BUILD / "trace.png"))


def test_keys_go_forward_and_backward(page):
    press(page, Keys.ARROW_RIGHT)
    assert now(page).startswith("jmp 0x7c5a")
    press(page, *[Keys.ARROW_RIGHT] * 4, "j")
    assert "mov ds, ax" in now(page)
    assert "mbr.asm" in shown(page, "source-head")
    assert page.find_element(By.CSS_SELECTOR, "#source .here").text.split()[1:3] == ["mov", "ds,"]
    press(page, Keys.ARROW_LEFT)
    assert "xor ax, ax" in now(page)
    assert page.find_element(By.CSS_SELECTOR, "#registers .changed").text == "00000000"
    before = register(page, "eax")
    press(page, "k", *["j"] * 20, *["k"] * 19)
    assert register(page, "eax") == before, "the way there and back"


def test_the_keys_for_milestones_visit_each_in_order(page):
    for _, name, _, sentence in milestones()[1:]:
        press(page, "n")
        assert now(page).endswith(name)
        assert sentence.lower() in shown(page, "now").lower()
    assert "Protected mode, paging" in shown(page, "mode")
    press(page, "p")
    assert now(page).endswith(milestones()[-2][1])
    press(page, Keys.HOME)
    assert now(page) == "10 mbr_entry"


def test_the_bar_jumps_to_a_milestone_and_the_machine_is_in_that_state(page):
    names = [name for _, name, _, _ in milestones()]
    buttons = page.find_elements(By.CSS_SELECTOR, "#milestones button")
    buttons[names.index("protected_mode")].click()
    assert now(page) == "22 protected_mode"
    assert shown(page, "mode") == "Protected mode 32-bit code, ring 0"
    assert "0008" in shown(page, "segments") and "4 GiB" in shown(page, "segments")
    assert "Paging is off" in shown(page, "directory")
    assert int(register(page, "eip"), 16) == symbols()["milestone_22_protected_mode"]
    buttons[names.index("mapped_high")].click()
    directory = symbols()["master_directory"] - 0xC0000000
    assert f"{directory:08x}" in shown(page, "control")
    assert re.search(r"300\s+c0000000\s+. 00[0-9a-f]{6}", shown(page, "directory"))
    assert re.search(r"kernel\.bin and its variables\n(EIP|ESP)", shown(page, "memory"))
    assert register(page, "esp") == f"{symbols()['boot_stack_top']:08x}"


def test_clicks_on_rows_and_buttons_work(page):
    rows = page.find_elements(By.CSS_SELECTOR, ".row.step")
    rows[6].click()
    place = row_here(page).text
    page.find_element(By.CSS_SELECTOR, "[data-go=forward]").click()
    assert row_here(page).text != place
    page.find_element(By.CSS_SELECTOR, "[data-go=back]").click()
    assert row_here(page).text == place
    page.find_element(By.CSS_SELECTOR, "[data-go=milestone-forward]").click()
    assert "12" in now(page)


def test_over_goes_over_a_call_and_its_bios_call(page):
    while not now(page).startswith("call"):
        press(page, Keys.ARROW_RIGHT)
    press(page, "o")
    assert "<disk" not in now(page) and row_here(page).get_attribute("class") == "row step here"
    bios = page.find_element(By.CSS_SELECTOR, ".row.bios")
    bios.click()
    assert re.match(r"INT 13h AH=41h: .* -> yes", now(page)), "what was asked and what came back"


def test_a_link_leads_to_a_milestone(page):
    page.get(f"file://{BUILD}/trace.html#kernel_entry")
    page.refresh()
    assert now(page) == "60 kernel_entry"


def test_help_shows_the_keys(page):
    press(page, "?")
    assert "next milestone" in shown(page, "help")
    page.find_element(By.CSS_SELECTOR, "#help button").click()
    assert not page.find_element(By.ID, "help").is_displayed()


def test_on_a_phone_one_part_is_shown_at_a_time_and_fits(page):
    page.execute_cdp_cmd("Emulation.setDeviceMetricsOverride",
                         {"width": 390, "height": 844, "deviceScaleFactor": 2, "mobile": True})  # fmt: skip
    page.refresh()
    for tab, other in (("source", "trace"), ("machine", "source"), ("trace", "machine")):
        page.find_element(By.CSS_SELECTOR, f"#tabs [data-tab={tab}]").click()
        assert page.find_element(By.ID, tab).is_displayed()
        assert not page.find_element(By.ID, other).is_displayed()
    page.find_element(By.CSS_SELECTOR, "[data-go=forward]").click()
    assert now(page).startswith("jmp")
    assert page.execute_script("return document.documentElement.scrollWidth") <= 390


def test_no_error_and_no_request_to_a_network(page):
    press(page, *["n"] * 18, Keys.END, Keys.ARROW_RIGHT, Keys.HOME, Keys.ARROW_LEFT)
    errors = [entry for entry in page.get_log("browser") if entry["level"] == "SEVERE"]
    assert not errors
    requests = [entry["message"] for entry in page.get_log("performance")
                if '"Network.requestWillBeSent"' in entry["message"]]  # fmt: skip
    assert not [found for found in requests if re.search(r'"url":"https?:', found)]
    text = (BUILD / "trace.html").read_text(encoding="utf-8").split("<script")[0]
    assert not re.search(r"(src|href)=|https?://", text)
