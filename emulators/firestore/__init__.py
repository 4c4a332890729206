"""Firestore on one machine: the real client's wire protocol, transactions that contend, and state on disk."""

from emulators.firestore.server import FirestoreEmulator
from emulators.firestore.transactions import Concurrency

__all__ = ["Concurrency", "FirestoreEmulator"]
