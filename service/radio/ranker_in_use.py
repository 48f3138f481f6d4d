"""The blend that lists are ranked by: the promoted version's, or the one Homespun starts with."""

from dataclasses import fields

from sqlalchemy.orm import Session

from recommender.ranking import RankingConfig
from service.operations.model_versions import in_use


def ranker_in_use(db_session: Session) -> RankingConfig:
    """The configuration in use; what a version does not name is as in the one to start with."""
    version = in_use(db_session, "ranker")
    if version is None:
        return RankingConfig()
    known = {field.name for field in fields(RankingConfig)}
    return RankingConfig(**{name: value for name, value in version.config.items() if name in known})
