"""Addresses that are opened in the person's own browser."""

from PySide6.QtCore import QUrl
from PySide6.QtGui import QDesktopServices

from lollma_gui.widgets.notice import Notice, NoticeBar


def open_address(address: str) -> None:
    """Open a web address; of any other kind, nothing is opened."""
    url = QUrl(address)
    if url.scheme().lower() in ("http", "https"):
        QDesktopServices.openUrl(url)


def offer_address(notices: NoticeBar, address: str) -> None:
    """Ask before an address that somebody else wrote is opened: it is to be read whole first."""
    notice = Notice("Open this address in the browser?", address, action="Open", key="link")
    notices.show_notice(notice, lambda: open_address(address))
