"""The page at `/`, in a browser, where there is one."""

import base64
import contextlib
import shutil
import subprocess
import sys

import numpy as np
import pytest

from aspn_tf import ZeroShotClassifier

selenium = pytest.importorskip("selenium.webdriver")
waiting = pytest.importorskip("selenium.webdriver.support.wait")
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        not shutil.which("chromedriver"), reason="there is no chromedriver"
    ),
]
GIVE = """
const [way, content] = arguments, given = new DataTransfer();
const bytes = Uint8Array.from(atob(content), one => one.charCodeAt(0));
given.items.add(new File([bytes], "given.png", {type: "image/png"}));
const how = {bubbles: true, cancelable: true};
document.getElementById("zone").dispatchEvent(way === "drop"
    ? new DragEvent("drop", {...how, dataTransfer: given})
    : new ClipboardEvent("paste", {...how, clipboardData: given}));
"""


@pytest.fixture
def address(digit_pairs, tmp_path):
    """Of a server whose model does not know "47"."""
    names = np.array(digit_pairs.class_names)
    semantics = dict(zip(names, digit_pairs.semantics, strict=True))
    del semantics["47"]
    labels = names[digit_pairs.train.labels]
    kept = labels != "47"
    features = digit_pairs.train.features[kept]
    model = ZeroShotClassifier("eszsl").fit(features, labels[kept], semantics)
    model.save(tmp_path / "model")
    with served(tmp_path / "model") as address:
        yield address


@pytest.fixture(scope="module")
def pictured_address(pictured):
    with served(pictured) as address:
        yield address


@contextlib.contextmanager
def served(model):
    """The address of a server of a model."""
    words = [f"--model={model}", "--port=0"]
    with subprocess.Popen(
        [sys.executable, "-m", "aspn_tf.serve", *words],
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        yield process.stdout.readline().split(" at ")[1].split(",")[0]
        process.terminate()


@pytest.fixture
def browser(tmp_path):
    options = selenium.ChromeOptions()
    for word in (
        "headless=new",
        "no-sandbox",
        "disable-gpu",
        "no-first-run",
        "disable-background-networking",
        "disable-component-update",
        "disable-sync",
        f"user-data-dir={tmp_path}/profile",
    ):
        options.add_argument(f"--{word}")
    service = selenium.ChromeService(shutil.which("chromedriver"))
    driver = selenium.Chrome(options, service)
    driver.implicitly_wait(5)
    yield driver
    driver.quit()


@pytest.fixture
def write(browser):
    def written(place, values):
        field = browser.find_element("id", place)
        browser.execute_script(
            "arguments[0].value = arguments[1]", field, values
        )

    return written


@pytest.fixture
def first(browser):
    # In one go: the page may replace the list while it is looked at.
    return lambda: browser.execute_script(
        "return document.querySelector('#ranking li')?.textContent"
    )


def test_a_class_that_is_typed_changes_the_ranking(
    address, browser, digit_pairs, write, first
):
    test = digit_pairs.test_seen
    number = digit_pairs.class_names.index("47")
    row = test.features[test.labels == number][0]
    browser.get(address)
    assert browser.title == "aspn_tf"
    write("features", ", ".join(map(str, row.tolist())))
    browser.find_element("css selector", "#ask button").click()
    wait = waiting.WebDriverWait(browser, 5)
    assert not wait.until(lambda _: first()).startswith("47")
    write("name", "47")
    write(
        "semantics", " ".join(map(str, digit_pairs.semantics[number].tolist()))
    )
    browser.find_element("css selector", "#describe button").click()
    remove = browser.find_element("css selector", "#added button")
    assert "1 added" in browser.find_element("id", "count").text
    wait.until(lambda _: first().startswith("47"))
    remove.click()
    wait.until(lambda _: not first().startswith("47"))


@pytest.mark.parametrize("way", ["choose", "drop", "paste"])
def test_words_change_the_ranking_of_a_picture(
    pictured_address, browser, picture, tmp_path, write, first, way
):
    (tmp_path / "shown.png").write_bytes(picture("noon", "coal"))
    browser.get(pictured_address)
    wait = waiting.WebDriverWait(browser, 5)
    zone = browser.find_element("id", "zone")
    wait.until(lambda _: zone.is_displayed())
    assert browser.find_element("id", "description").is_displayed()
    assert not browser.find_element("id", "semantics").is_displayed()
    if way == "choose":
        field = browser.find_element("id", "picture")
        field.send_keys(str(tmp_path / "shown.png"))
    else:
        content = base64.b64encode(picture("noon", "coal")).decode()
        browser.execute_script(GIVE, way, content)
    assert not wait.until(lambda _: first()).startswith("noon-coal")
    assert browser.find_element("id", "thumbnail").is_displayed()
    write("name", "noon-coal")
    write("description", "noon above, coal below")
    browser.find_element("css selector", "#describe button").click()
    wait.until(lambda _: first().startswith("noon-coal"))
    browser.find_element("css selector", "#added button").click()
    wait.until(lambda _: not first().startswith("noon-coal"))


def test_the_page_of_numbers_asks_for_no_picture(address, browser):
    browser.get(address)
    assert browser.find_element("id", "width").text
    for place, there in (
        ("semantics", True),
        ("description", False),
        ("zone", False),
    ):
        assert browser.find_element("id", place).is_displayed() is there
