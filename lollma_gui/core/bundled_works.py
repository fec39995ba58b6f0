"""Works of others that lie inside a package and that the package's own papers do not name.

Facts from llama.cpp's ``LICENSE`` and the heads of the files in its ``vendor`` folder
(llama-cpp-python 0.3.36). What lies inside Qt still has to be held against Qt 6.11's own page,
"Licenses and Attributions", before a release. What Unicode-DFS-2016 permits and disclaims is word
for word as in ICU's own file (icu4c/LICENSE).
"""

from typing import NamedTuple


class Work(NamedTuple):
    """One of them.

    Attributes:
        name: As its makers call it.
        inside: Normalised name of the Python package that brings it.
        licence: SPDX expression.
        copyright: Whose it is, as the licence asks it to be told.
        texts: Files in ``resources/licences/``, without ``.txt``.
        url: Where it comes from.
        only_on: The systems where the package brings it, as ``sys.platform``; empty means all.
        same_version: Whether it has the version of the package.
        purl: Its name among all software, without a version; may be empty.
    """

    name: str
    inside: str
    licence: str
    copyright: str
    texts: tuple[str, ...]
    url: str = ""
    only_on: tuple[str, ...] = ()
    same_version: bool = False
    purl: str = ""


QT, ENGINE = "pyside6-essentials", "llama-cpp-python"

_LGPL = ("LGPL-3.0-only", "GPL-3.0-only")
_DESKTOPS = ("win32", "darwin")

#: What the LGPL asks to be said of Qt, above the licence itself.
QT_NOTICE = """\
LoLLMa uses {name} under the GNU Lesser General Public License, version 3. The libraries are not
changed, they are files of their own in the program's folder and are linked when the program
starts: you may replace them by others you built that fit the same interface, and take the program
apart to find faults in doing so.

Their source: code.qt.io (Qt under /cgit/qt, PySide and Shiboken under /cgit/pyside); each version
that is used here has a tag of its name."""

WORKS = (
    Work(
        "Qt", QT, "LGPL-3.0-only", "Copyright (C) The Qt Company Ltd. and other contributors.",
        _LGPL, "https://www.qt.io/", same_version=True, purl="pkg:generic/qt",
    ),
    Work(
        "HarfBuzz (in Qt)", QT, "MIT-Modern-Variant",
        "Copyright (C) 1998-2026 Red Hat, Google, Mozilla Foundation, Facebook, Adobe, "
        "Behdad Esfahbod, David Turner, Werner Lemberg, Khaled Hosny and other contributors.",
        ("HarfBuzz",), "https://harfbuzz.github.io/",
    ),
    Work(
        "FreeType (in Qt)", QT, "FTL",
        "Portions of this software are copyright (C) 2026 The FreeType Project "
        "(www.freetype.org). All rights reserved.",
        ("FTL",), "https://freetype.org/", _DESKTOPS,
    ),
    Work(
        "libpng (in Qt)", QT, "libpng-2.0",
        "Copyright (c) 1995-2026 The PNG Reference Library Authors.",
        ("libpng-2.0",), "http://www.libpng.org/",
    ),
    Work(
        "libjpeg-turbo (in Qt)", QT, "IJG AND BSD-3-Clause AND Zlib",
        "Copyright (C) 1991-2026 Thomas G. Lane, Guido Vollbeding, D. R. Commander, Viktor "
        "Szathmary, MIYASAKA Masaru, Pierre Ossman and other contributors.\n"
        "This software is based in part on the work of the Independent JPEG Group.",
        ("IJG", "BSD-3-Clause", "Zlib"), "https://libjpeg-turbo.org/",
    ),
    Work(
        "libwebp (in Qt)", QT, "BSD-3-Clause", "Copyright (c) 2010, Google Inc.",
        ("BSD-3-Clause",), "https://developers.google.com/speed/webp",
    ),
    Work(
        "PCRE2 (in Qt)", QT, "BSD-3-Clause",
        "Copyright (c) 1997-2026 University of Cambridge, Philip Hazel, Zoltan Herczeg.",
        ("BSD-3-Clause",), "https://www.pcre.org/",
    ),
    Work(
        "double-conversion (in Qt)", QT, "BSD-3-Clause",
        "Copyright 2006-2012, the V8 project authors.",
        ("BSD-3-Clause",), "https://github.com/google/double-conversion",
    ),
    Work(
        "MD4C (in Qt)", QT, "MIT", "Copyright (c) 2016-2026 Martin Mitáš",
        ("MIT",), "https://github.com/mity/md4c",
    ),
    Work(
        "TinyCBOR (in Qt)", QT, "MIT", "Copyright (c) 2015-2026 Intel Corporation",
        ("MIT",), "https://github.com/intel/tinycbor",
    ),
    Work(
        "zlib (in Qt)", QT, "Zlib", "Copyright (C) 1995-2026 Jean-loup Gailly and Mark Adler",
        ("Zlib",), "https://zlib.net/", _DESKTOPS,
    ),
    Work(
        "ICU (in Qt)", QT, "Unicode-DFS-2016", "Copyright (C) 1991-2023 Unicode, Inc.",
        ("Unicode-DFS-2016",), "https://icu.unicode.org/", ("linux",),
    ),
    Work(
        "Unicode and CLDR data (in Qt)", QT, "Unicode-3.0",
        "Copyright (C) 1991-2026 Unicode, Inc.", ("Unicode-3.0",), "https://www.unicode.org/",
    ),
    Work(
        "Public Suffix List (in Qt)", QT, "MPL-2.0", "The Mozilla Foundation and contributors.",
        ("MPL-2.0",), "https://publicsuffix.org/",
    ),
    Work(
        "llama.cpp and ggml", ENGINE, "MIT", "Copyright (c) 2023-2026 The ggml authors",
        ("MIT",), "https://github.com/ggml-org/llama.cpp", purl="pkg:github/ggml-org/llama.cpp",
    ),
    Work(
        "JSON for Modern C++ (in llama.cpp)", ENGINE, "MIT",
        "Copyright (c) 2013-2026 Niels Lohmann", ("MIT",), "https://github.com/nlohmann/json",
    ),
    Work(
        "stb_image (in llama.cpp)", ENGINE, "MIT", "Copyright (c) 2017 Sean Barrett",
        ("MIT",), "https://github.com/nothings/stb",
    ),
    Work(
        "miniaudio (in llama.cpp)", ENGINE, "MIT-0", "Copyright 2026 David Reid",
        ("MIT-0",), "https://miniaud.io/",
    ),
)  # fmt: skip

#: Packages whose wheels bring no licence text: whose they are, and which texts are theirs.
#: As for ``Work``; the licence is the one of those offered under which we use it.
WITHOUT_TEXT = {
    name: Work(
        name, name, "LGPL-3.0-only", "Copyright (C) The Qt Company Ltd. and other contributors.",
        _LGPL, "https://pyside.org/", same_version=True, purl=f"pkg:pypi/{name}",
    )
    for name in (QT, "shiboken6")
}  # fmt: skip
