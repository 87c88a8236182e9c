"""The browser fixtures: a page is reached, and a breach of the content policy is noticed."""

from playwright.sync_api import Page

from tests.browsing import LivePortal


def test_the_live_portal_answers_and_serves_static_files(live_portal: LivePortal, phone: Page) -> None:
    answer = phone.goto("/healthz")
    assert answer is not None and answer.status == 200
    assert phone.viewport_size == {"width": 360, "height": 640}


def test_a_page_without_javascript_runs_none(plain_phone: Page) -> None:
    plain_phone.set_content("<p>no</p><script>document.querySelector('p').textContent = 'yes'</script>")
    assert plain_phone.inner_text("p") == "no"


def test_a_request_to_another_host_is_a_fault(phone: Page, page_faults: list[str]) -> None:
    phone.set_content('<img src="http://127.0.0.1:9/pixel.png">')
    phone.wait_for_load_state()
    assert "127.0.0.1:9" in page_faults.pop()


def test_a_breach_of_the_content_policy_is_a_fault(phone: Page, page_faults: list[str]) -> None:
    phone.goto("/healthz")
    with phone.expect_console_message(lambda message: "inline script" in message.text):
        phone.evaluate("""() => {
            const intruder = document.createElement("script");
            intruder.textContent = "1";
            document.body.append(intruder);
        }""")
    assert "Content Security Policy" in page_faults.pop()
    assert not page_faults
