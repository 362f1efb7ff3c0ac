"""Files over Direct Line: with their words, fetched by a ticket, and refused in words that the conversation has too."""

import io
import json

import httpx
from PIL import Image

from sportello.adapters.direct_line_server.tests.conftest import Line, messages
from sportello.kit.house import House


def picture() -> bytes:
    made = io.BytesIO()
    Image.new("RGB", (40, 30), "navy").save(made, "PNG")
    return made.getvalue()


async def test_a_file_comes_with_its_words_and_can_be_fetched(line: Line, house: House) -> None:
    await line.begin()
    activity = {"type": "message", "text": "Ecco l'impegnativa", "channelData": {"clientActivityID": "f1"}}
    parts = [
        ("activity", ("blob", json.dumps(activity).encode(), "application/vnd.microsoft.activity")),
        ("file", ("impegnativa.png", picture(), "image/png")),
    ]
    path = f"/conversations/{line.conversation}/upload"
    answer = await line.call("POST", path, params={"userId": "dl_rosa"}, files=parts)
    assert answer.status_code == 200, answer.text
    again = await line.call("POST", path, params={"userId": "dl_rosa"}, files=parts)
    assert again.json() == answer.json()
    mine = [one for one in await line.read() if one["from"]["role"] == "user"]
    assert [one["text"] for one in mine] == ["Ecco l'impegnativa", ""]
    assert mine[0]["id"] == answer.json()["id"]
    file = mine[1]["attachments"][0]
    assert (file["name"], file["contentType"]) == ("impegnativa.png", "image/png")
    async with httpx.AsyncClient() as stranger:
        fetched = await stranger.get(file["contentUrl"])
        assert fetched.status_code == 200
        assert "sandbox" in fetched.headers["content-security-policy"]
        assert (await stranger.get(file["contentUrl"] + "x")).status_code == 404


async def test_a_file_that_is_not_taken_is_explained_in_the_conversation(line: Line) -> None:
    await line.begin()
    parts = [("file", ("virus.exe", b"MZ" + b"\0" * 80, "application/x-msdownload"))]
    answer = await line.call("POST", f"/conversations/{line.conversation}/upload", files=parts)
    assert answer.status_code == 400
    said = await line.read()
    assert ("bot", answer.json()["error"]["message"]) in messages(said), "the conversation says what the answer says"
    parts = [("file", ("foto.png", b"\x89PNG" + bytes(10_500_000), "image/png"))]
    large = await line.call("POST", f"/conversations/{line.conversation}/upload", files=parts)
    assert (large.status_code, large.json()["error"]["code"]) == (413, "MessageSizeTooBig")
    assert ("bot", large.json()["error"]["message"]) in messages(await line.read())
    parts = [("activity", ("blob", b'{"text": "\xff"}', "application/vnd.microsoft.activity")), *parts]
    assert (await line.call("POST", f"/conversations/{line.conversation}/upload", files=parts)).status_code == 400
