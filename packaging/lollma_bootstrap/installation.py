"""The whole setup, from nothing or from whatever an earlier one left."""

from dataclasses import replace

from lollma_bootstrap import environment, qt_libraries, wheel_pages
from lollma_bootstrap import stamp as stamps
from lollma_bootstrap.engine import EngineSetup
from lollma_bootstrap.flavours import this_machine
from lollma_bootstrap.lock import only_one
from lollma_bootstrap.options import Options
from lollma_bootstrap.pip import Pip
from lollma_bootstrap.places import Checkout
from lollma_bootstrap.qt_libraries import Missing
from lollma_bootstrap.say import say


class Installation:
    """What a checkout needs to run, and how it gets there.

    Args:
        checkout: Where.
        options: What the person asked for.
        pages: Address of the pages with ready-made engines.
    """

    def __init__(
        self, checkout: Checkout, options: Options, pages: str = wheel_pages.PAGES
    ) -> None:
        self._checkout = checkout
        self._options = options
        self._pages = pages
        self._extras = {"test"} if options.test else set[str]()

    def ensure(self) -> Missing:
        """Have everything installed; at once where it is already.

        Returns:
            System libraries of Qt that are still missing.

        Raises:
            Trouble: If something else is missing that we cannot get.
        """
        stamp = stamps.read(self._checkout.stamp)
        if stamp is not None and stamp.libraries_ok and not self._lacks(stamp):
            return Missing([], [])
        with only_one(self._checkout.lock) as lock:
            # Read again: whoever held the lock may have done our work.
            stamp = stamps.read(self._checkout.stamp)
            if stamp is None or self._lacks(stamp):
                stamp = self._set_up(stamp, Pip(self._checkout, (lock,)))
            if stamp.libraries_ok:
                return Missing([], [])
            missing = qt_libraries.ensure(self._checkout)
            if not missing.all():
                stamps.write(self._checkout.stamp, replace(stamp, libraries_ok=True))
            return missing

    def _lacks(self, stamp: stamps.Stamp) -> str:
        if self._options.fresh:
            return "asked for"
        python = environment.quick_version_of(self._checkout)
        return stamps.lacks(stamp, self._checkout, python, self._extras, self._options.engine)

    def _set_up(self, before: stamps.Stamp | None, pip: Pip) -> stamps.Stamp:
        checkout = self._checkout
        if before is not None:
            say(f"Setting up again: {self._lacks(before)}.")
        notes = _notes(checkout)
        # From here on nothing counts as installed until all of it is.
        checkout.stamp.unlink(missing_ok=True)
        environment.ensure(checkout, before, self._options.fresh)
        if notes is not None:
            _mend(checkout)
        stamp = self._install(before, notes or [], pip)
        stamps.write(checkout.stamp, stamp)
        checkout.under_way.unlink(missing_ok=True)
        return stamp

    def _install(self, before: stamps.Stamp | None, notes: list[str], pip: Pip) -> stamps.Stamp:
        earlier = [before.engine_asked, "got"] if before else notes
        asked = self._options.engine or (earlier[0] if earlier else "auto")
        extras = sorted(self._extras | set(before.extras if before else []))
        # An environment made by hand has no notes; its engine may stay unless one is asked for.
        keep = earlier == [asked, "got"] if earlier else self._options.engine is None
        engine = EngineSetup(pip, asked, this_machine(), self._pages)
        self._checkout.under_way.write_text(f"{asked} {'got' if keep else ''}", encoding="utf-8")
        engine.get(keep)
        # A build of half an hour is not done again because the rest was cut short.
        self._checkout.under_way.write_text(f"{asked} got", encoding="utf-8")
        pip.install_app(extras)
        build = engine.settle()
        return stamps.Stamp(
            project=stamps.digest(self._checkout.project_file),
            python=environment.quick_version_of(self._checkout),
            root=str(self._checkout.root),
            extras=extras,
            engine_asked=asked,
            engine=before.engine if before and engine.kept else build,
        )


def _notes(checkout: Checkout) -> list[str] | None:
    """What a setup that was cut short left: the engine it was asked for, and if it got it."""
    try:
        return checkout.under_way.read_text(encoding="utf-8").split()
    except OSError:
        return None


def _mend(checkout: Checkout) -> None:
    say("The last setup was cut short; going on from there.")
    names = environment.remove_damaged(checkout)
    if names:
        say(f"  Half installed, to be installed again: {', '.join(names)}")
