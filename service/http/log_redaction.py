"""What must not reach a log is taken out of every line: query strings, and whatever looks like a secret of ours."""

import logging
import re

_LEFT_OUT = "[left out]"
_SECRETS = re.compile(
    r"(?<=\?)[^\s'\"]+"  # a query, whatever is in it
    r"|hs[ast]_[\w-]+"
    r"|(?i:(?<=bearer )|(?<=basic ))[^\s'\"]+"
    r"|(?i:(?<=password=)|(?<=password\": \")|(?<=password': '))[^\s'\"]+"
)
_plain = logging.Formatter()


class SecretsLeftOut(logging.Filter):
    """For handlers: changes every line that has a secret in it, tracebacks too, and lets all pass."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Always True."""
        record.msg, record.args = redacted(record.getMessage()), None
        if record.exc_info and not record.exc_text:
            # What stands in `exc_text` is written as it is, instead of the exception.
            record.exc_text = _plain.formatException(record.exc_info)
        if record.exc_text:
            record.exc_text = redacted(record.exc_text)
        return True


def redacted(text: str) -> str:
    """The text without its secrets."""
    return _SECRETS.sub(_LEFT_OUT, text)
