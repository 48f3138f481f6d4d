"""The tables, one file a subject."""

from service.store.tables.base import Base, utc_now
from service.store.tables.compositions import Composition, ReviewDecision
from service.store.tables.jobs import Job
from service.store.tables.library import LibraryFolder, ScanFailure, Track
from service.store.tables.listening import HistoryImport, Listen, Thumb
from service.store.tables.models import ModelVersion, TrackEmbedding
from service.store.tables.people import AppPassword, User
from service.store.tables.taste import TasteCluster, TasteClusterTrack

__all__ = [
    "AppPassword",
    "Base",
    "Composition",
    "HistoryImport",
    "Job",
    "LibraryFolder",
    "Listen",
    "ModelVersion",
    "ReviewDecision",
    "ScanFailure",
    "TasteCluster",
    "TasteClusterTrack",
    "Thumb",
    "Track",
    "TrackEmbedding",
    "User",
    "utc_now",
]
