"""The blend that lists are ranked by: the promoted version's, or the one Homespun starts with."""

from dataclasses import fields

from sqlalchemy.orm import Session

from recommender.ranking import RankingConfig
from service.errors import Conflict
from service.listening.list_revisions import all_lists_changed
from service.operations.model_versions import in_use, promote
from service.store.tables import ModelVersion


def ranker_in_use(db_session: Session) -> RankingConfig:
    """The configuration in use; what a version does not name is as in the one to start with."""
    version = in_use(db_session, "ranker")
    if version is None:
        return RankingConfig()
    known = {field.name for field in fields(RankingConfig)}
    return RankingConfig(**{name: value for name, value in version.config.items() if name in known})


def use_ranker(db_session: Session, version: ModelVersion) -> None:
    """Ranks everybody's list by this version from now on.

    Raises Conflict (``not_a_ranker``) for another kind: an encoder comes into use once it has heard the library, and a
    composer by the folder of its weights.
    """
    if version.kind != "ranker":
        raise Conflict(
            f"{version.name} is no ranker: an encoder comes into use when it has heard the library, and a composer by "
            "the folder that HOMESPUN_COMPOSER_DIR names.",
            code="not_a_ranker",
        )
    promote(db_session, version)
    all_lists_changed(db_session)
