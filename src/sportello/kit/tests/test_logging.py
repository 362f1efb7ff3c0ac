"""What a person said or is never reaches a log."""

from sportello.kit.logging import redact


def test_personal_values_are_hidden_by_key_and_by_shape() -> None:
    line = redact(
        None,
        "info",
        {
            "event": "mail to giulia.ferri@example.org for FRRGLI85A41D548X, call +39 0532 123456",
            "text": "ho mal di testa",
            "conversation": "0198f0c0-0000-7000-8000-000000000000",
            "count": 3,
        },
    )
    assert "giulia" not in line["event"]
    assert "FRRGLI" not in line["event"]
    assert "0532" not in line["event"]
    assert line["text"] == "[hidden]"
    assert line["conversation"] == "0198f0c0-0000-7000-8000-000000000000"
    assert line["count"] == 3
