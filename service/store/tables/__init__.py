"""The tables, one file a subject."""

from service.store.tables.apps import Bookmark, Favourite, Playlist, PlaylistTrack, PlayQueue
from service.store.tables.base import Base, utc_now
from service.store.tables.compositions import Composition, ReviewDecision
from service.store.tables.egress import EgressRequest
from service.store.tables.elsewhere import (
    ElsewhereAccount,
    ElsewhereCount,
    ElsewherePlaylist,
    ElsewhereServer,
)
from service.store.tables.house import HouseAct
from service.store.tables.jobs import Job
from service.store.tables.library import LibraryFolder, ScanFailure, Track
from service.store.tables.listening import HistoryImport, Listen, Mute, PlaybackEvent, Thumb
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
from service.store.tables.scrobbling import ApprovedToken, HeardNow, ImportMark, UnmatchedThumb
from service.store.tables.taste import (
    EmotionCalibration,
    EmotionCorrection,
    TasteCluster,
    TasteClusterTrack,
    TasteMerge,
    TasteSnapshot,
)

__all__ = [
    "AnsweredRequest",
    "ApiToken",
    "AppPassword",
    "ApprovedToken",
    "Base",
    "Bookmark",
    "Composition",
    "EgressRequest",
    "ElsewhereAccount",
    "ElsewhereCount",
    "ElsewherePlaylist",
    "ElsewhereServer",
    "EmbeddingFailure",
    "EmotionCalibration",
    "EmotionCorrection",
    "Favourite",
    "HeardNow",
    "HistoryImport",
    "HouseAct",
    "ImportMark",
    "Job",
    "LibraryFolder",
    "Listen",
    "LoginFailure",
    "LoginSession",
    "ModelVersion",
    "Mute",
    "PlayQueue",
    "PlaybackEvent",
    "Playlist",
    "PlaylistTrack",
    "RecommendationList",
    "ReviewDecision",
    "ScanFailure",
    "Station",
    "TasteCluster",
    "TasteClusterTrack",
    "TasteMerge",
    "TasteSnapshot",
    "Thumb",
    "Track",
    "TrackEmbedding",
    "TrackVector",
    "UnmatchedThumb",
    "User",
    "utc_now",
]
