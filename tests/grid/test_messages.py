"""What was done is told to whoever did it, and to nobody who comes to the browser after her."""

import pytest
from django.contrib.messages import get_messages
from django.test import Client
from django.urls import reverse

from grid.rules.permissions import Role
from grid.rules.places import Kind
from tests.factories.grid import make_place, make_staff

pytestmark = pytest.mark.django_db


def test_a_message_is_neither_in_a_cookie_nor_on_the_login_page(client: Client) -> None:
    street = make_place(Kind.STREET)
    client.force_login(make_staff(Role.ADMINISTRATOR, street))
    answer = client.post(reverse("place_add", args=[street.pk]), {"name": "秘密社区", "code": "987654321"})
    assert answer.status_code == 302 and [str(message) for message in get_messages(answer.wsgi_request)]
    assert "messages" not in client.cookies
    client.post(reverse("logout"))
    login = client.get(reverse("login")).content.decode()
    assert 'class="message' not in login.replace('class="messages"', "")


def test_nobody_gives_herself_a_post(client: Client) -> None:
    street = make_place(Kind.STREET)
    administrator = make_staff(Role.ADMINISTRATOR, street)
    client.force_login(administrator)
    facts = {"role": "street_supervisor", "place": street.pk, "version": administrator.version}
    answer = client.post(reverse("post_add", args=[administrator.pk]), facts)
    assert answer.status_code == 422 and administrator.posts.count() == 1
