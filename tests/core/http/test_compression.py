"""Pages are compressed, readable by any gzip, and their size says nothing exact."""

import gzip

import pytest
from django.http import HttpResponse, StreamingHttpResponse
from django.test import Client, RequestFactory
from hypothesis import given
from hypothesis import strategies as st

from wealthwise.core.http.compression import GZipMiddleware, compressed


@given(st.binary(max_size=5000))
def test_what_is_compressed_comes_back(content: bytes) -> None:
    assert gzip.decompress(compressed(content, 100)) == content


def test_size_of_the_same_page_differs() -> None:
    sizes = {len(compressed(b"net worth" * 100, 100)) for _ in range(200)}
    assert 20 < len(sizes) <= 100


@pytest.mark.django_db
def test_page_is_sent_as_gzip_to_who_takes_it(client: Client) -> None:
    plain = client.get("/privacy/")
    packed = client.get("/privacy/", headers={"Accept-Encoding": "gzip, br"})
    assert not plain.has_header("Content-Encoding")
    assert packed["Content-Encoding"] == "gzip"
    assert packed["Content-Length"] == str(len(packed.content))
    assert gzip.decompress(packed.content)[:1000] == plain.content[:1000]  # before the token, which differs
    assert all("Accept-Encoding" in answer["Vary"] for answer in (plain, packed))


def answer(response: HttpResponse | StreamingHttpResponse) -> HttpResponse:
    request = RequestFactory().get("/", headers={"Accept-Encoding": "gzip"})
    return GZipMiddleware(lambda _: response)(request)


def test_what_would_not_shrink_or_is_packed_already_stays() -> None:
    noise = bytes(range(256))
    assert answer(HttpResponse(noise)).content == noise
    assert answer(HttpResponse(b"short")).content == b"short"
    packed = HttpResponse(b"x" * 500, headers={"Content-Encoding": "br"})
    assert answer(packed).content == b"x" * 500


def test_streams_and_tagged_answers_are_left_to_django() -> None:
    stream = answer(StreamingHttpResponse(iter([b"line\n"] * 100)))
    assert gzip.decompress(b"".join(stream)) == b"line\n" * 100
    tagged = answer(HttpResponse(b"x" * 500, headers={"ETag": '"1"'}))
    assert tagged["ETag"] == 'W/"1"'
    assert gzip.decompress(tagged.content) == b"x" * 500
