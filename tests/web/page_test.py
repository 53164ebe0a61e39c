"""The page at `/`, in a browser, where there is one."""

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
    words = [f"--model={tmp_path}/model", "--port=0"]
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


def test_a_class_that_is_typed_changes_the_ranking(
    address, browser, digit_pairs
):
    test = digit_pairs.test_seen
    number = digit_pairs.class_names.index("47")
    row = test.features[test.labels == number][0]

    def write(place, values):
        field = browser.find_element("id", place)
        browser.execute_script(
            "arguments[0].value = arguments[1]", field, values
        )

    def first():
        # In one go: the page may replace the list while it is looked at.
        return browser.execute_script(
            "return document.querySelector('#ranking li')?.textContent"
        )

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
