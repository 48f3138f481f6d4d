"""The tables, one file a subject."""

from service.store.tables.base import Base, utc_now
from service.store.tables.compositions import Composition, ReviewDecision
from service.store.tables.jobs import Job
from service.store.tables.library import LibraryFolder, ScanFailure, Track
from service.store.tables.listening import HistoryImport, Listen, PlaybackEvent, Thumb
from service.store.tables.models import EmbeddingFailure, ModelVersion, TrackEmbedding, TrackVector
from service.store.tables.people import (
    AnsweredRequest,
    ApiToken,
    AppPassword,
    LoginFailure,
    LoginSession,
    User,
)
from service.store.tables.radio import RecommendationList, Station
from service.store.tables.taste import EmotionCalibration, EmotionCorrection, TasteCluster, TasteClusterTrack

__all__ = [
    "AnsweredRequest",
    "ApiToken",
    "AppPassword",
    "Base",
    "Composition",
    "EmbeddingFailure",
    "EmotionCalibration",
    "EmotionCorrection",
    "HistoryImport",
    "Job",
    "LibraryFolder",
    "Listen",
    "LoginFailure",
    "LoginSession",
    "ModelVersion",
    "PlaybackEvent",
    "RecommendationList",
    "ReviewDecision",
    "ScanFailure",
    "Station",
    "TasteCluster",
    "TasteClusterTrack",
    "Thumb",
    "Track",
    "TrackEmbedding",
    "TrackVector",
    "User",
    "utc_now",
]
