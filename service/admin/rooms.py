"""The owner's rooms, and where they lie."""

from flask import Flask

from service.admin import catalogue, jobs, listeners, log, models, outside, overview, review_desk

ROOMS = (
    (overview.blueprint, "/admin"),
    (review_desk.blueprint, "/review"),
    (catalogue.blueprint, "/admin/catalogue"),
    (listeners.blueprint, "/admin/listeners"),
    (jobs.blueprint, "/admin/jobs"),
    (models.blueprint, "/admin/models"),
    (outside.blueprint, "/admin/outside"),
    (log.blueprint, "/admin/log"),
)


def mount_rooms(app: Flask) -> None:
    """Hang all of them into the application."""
    for blueprint, prefix in ROOMS:
        app.register_blueprint(blueprint, url_prefix=prefix)
