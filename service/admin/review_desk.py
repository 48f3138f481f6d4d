"""The desk at which owners review what was composed, mounted at /review."""

from flask import Blueprint

blueprint = Blueprint("review_desk", __name__, template_folder="templates")
