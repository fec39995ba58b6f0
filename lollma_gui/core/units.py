"""Numbers to text, the same everywhere in the window.

Files and disks are counted in decimal units (98.4 MB), as their makers and the Hub do; memory in
binary units (3.9 GiB), as llama.cpp and NVML do. An unknown value is always ``-``.
"""

UNKNOWN = "-"

_DECIMAL = ("B", "kB", "MB", "GB", "TB", "PB")
_BINARY = ("B", "KiB", "MiB", "GiB", "TiB", "PiB")


def _scaled(value: float, step: int, names: tuple[str, ...]) -> str:
    size, unit = float(value), 0
    # 999.95 would be rounded to "1000.0": step up before that, so the text never has four digits.
    while abs(size) >= step - 0.05 and unit < len(names) - 1:
        size /= step
        unit += 1
    return f"{size:.0f} {names[unit]}" if unit == 0 else f"{size:.1f} {names[unit]}"


def file_size(n_bytes: float | None) -> str:
    """Bytes of a file or disk as decimal text, for example ``98.4 MB``."""
    return UNKNOWN if n_bytes is None else _scaled(n_bytes, 1000, _DECIMAL)


def memory_size(n_bytes: float | None) -> str:
    """Bytes of RAM or VRAM as binary text, for example ``3.9 GiB``."""
    return UNKNOWN if n_bytes is None else _scaled(n_bytes, 1024, _BINARY)


def memory_pair(used: float | None, total: float | None) -> str:
    """Used and total memory in one unit, that of the total: ``12.1 / 16.0 GiB``."""
    if used is None or total is None:
        return UNKNOWN
    unit = 0
    while total >= 1024 ** (unit + 1) and unit < len(_BINARY) - 1:
        unit += 1
    return f"{used / 1024**unit:.1f} / {total / 1024**unit:.1f} {_BINARY[unit]}"


def parameter_count(n: int | None) -> str:
    """Parameters as the field writes them: ``135 M``, ``14.8 B``."""
    if n is None:
        return UNKNOWN
    if n < 1_000_000:
        return f"{n / 1e3:.0f} k"
    # 999.5 M would read "1000 M"
    return f"{n / 1e6:.0f} M" if n < 999_500_000 else f"{n / 1e9:.1f} B"


def whole(n: int | None, unit: str = "") -> str:
    """A whole number with thousands separated by commas: ``16,384 tokens``."""
    if n is None:
        return UNKNOWN
    return f"{n:,} {unit}".rstrip()


def percent(fraction: float | None) -> str:
    """A fraction of one as whole percent: ``87 %``."""
    return UNKNOWN if fraction is None else f"{fraction * 100:.0f} %"


def speed(tokens_per_second: float | None) -> str:
    """Generation speed: ``51.8 tok/s``, whole numbers from 100 on."""
    if tokens_per_second is None:
        return UNKNOWN
    digits = 0 if tokens_per_second >= 99.95 else 1
    return f"{tokens_per_second:.{digits}f} tok/s"


def seconds(value: float | None) -> str:
    """A short span of time: ``210 ms``, ``1.9 s``, ``12 s``, ``3 min 20 s``."""
    if value is None:
        return UNKNOWN
    if value < 0.9995:
        return f"{value * 1000:.0f} ms"
    if value < 9.95:
        return f"{value:.1f} s"
    if value < 59.5:
        return f"{value:.0f} s"
    minutes, rest = divmod(round(value), 60)
    if minutes < 60:
        return f"{minutes} min {rest} s"
    return f"{minutes // 60} h {minutes % 60} min"
