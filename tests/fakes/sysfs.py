"""Parts of Linux's /sys and /proc as real machines have them, below a temporary folder."""

from collections.abc import Mapping
from pathlib import Path

#: An RX 7900 XTX under Linux 6.8, while a model writes.
RX_7900_XTX = {
    "vendor": "0x1002",
    "device": "0x744c",
    "revision": "0xc8",
    "class": "0x030000",
    "unique_id": "a58dd5e1c4d6a7b3",
    "gpu_busy_percent": "97",
    "mem_busy_percent": "61",
    "mem_info_vram_total": "25753026560",
    "mem_info_vram_used": "14495514624",
    "mem_info_vis_vram_total": "25753026560",
    "mem_info_vram_vendor": "samsung",
    "mem_info_gtt_total": "33602945024",
    "mem_info_gtt_used": "251658240",
    "pp_dpm_sclk": "0: 500Mhz\n1: 2482Mhz *\n2: 2526Mhz",
    "pp_dpm_mclk": "0: 96Mhz\n1: 456Mhz\n2: 772Mhz\n3: 1249Mhz *",
    "current_link_speed": "16.0 GT/s PCIe",
    "current_link_width": "16",
    "max_link_speed": "16.0 GT/s PCIe",
    "max_link_width": "16",
    "power/runtime_status": "active",
    "power/control": "auto",
    "hwmon/hwmon4/name": "amdgpu",
    "hwmon/hwmon4/temp1_input": "61000",
    "hwmon/hwmon4/temp1_label": "edge",
    "hwmon/hwmon4/temp1_crit": "100000",
    "hwmon/hwmon4/power1_average": "287000000",
    "hwmon/hwmon4/power1_cap": "339000000",
    "hwmon/hwmon4/fan1_input": "1650",
    "hwmon/hwmon4/fan1_max": "3300",
}
#: The Radeon 780M in a Ryzen 7 7840U, idle: 4 GiB set aside in the firmware's setup.
RADEON_780M = {
    "vendor": "0x1002",
    "device": "0x15bf",
    "revision": "0xc4",
    "class": "0x030000",
    "gpu_busy_percent": "3",
    "mem_info_vram_total": "4294967296",
    "mem_info_vram_used": "536870912",
    "mem_info_vram_vendor": "unknown",
    "mem_info_gtt_total": "14495514624",
    "mem_info_gtt_used": "1073741824",
    "pp_dpm_sclk": "0: 800Mhz *\n1: 1100Mhz\n2: 2700Mhz",
    "power/runtime_status": "active",
    "power/control": "auto",
    "hwmon/hwmon2/name": "amdgpu",
    "hwmon/hwmon2/temp1_input": "44000",
    "hwmon/hwmon2/power1_input": "6100000",
}
#: An Arc A770 with the driver i915.
ARC_A770 = {
    "vendor": "0x8086",
    "device": "0x56a0",
    "class": "0x030000",
    "resource": "0x81000000 0x81ffffff 0x140204\n0x0 0x0 0x0\n0x4000000000 0x43ffffffff 0x14220c",
    "current_link_speed": "2.5 GT/s PCIe",
    "current_link_width": "1",
    "power/runtime_status": "active",
    "power/control": "on",
    "hwmon/hwmon5/name": "i915",
    "hwmon/hwmon5/energy1_input": "1000000000",
    "hwmon/hwmon5/power1_max": "190000000",
}
#: The graphics in a processor of the 12th generation.
UHD_770 = {
    "vendor": "0x8086",
    "device": "0x4680",
    "class": "0x030000",
    "power/runtime_status": "active",
    "power/control": "on",
}


class Linux:
    """One machine.

    Args:
        root: The folder that stands for ``/``.
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        self.drm = root / "sys" / "class" / "drm"
        self.proc = root / "proc"
        self.kfd = root / "sys" / "class" / "kfd" / "kfd"
        self.drm.mkdir(parents=True)
        self.proc.mkdir()

    def add_card(
        self,
        number: int,
        slot: str,
        driver: str,
        files: Mapping[str, str],
        own: Mapping[str, str] = {},
    ) -> Path:
        """Put a card into a slot; ``own`` are files of the DRM folder. Returns the device."""
        device = self.root / "sys" / "devices" / "pci0000:00" / "0000:00:01.1" / slot
        folder = device / "drm" / f"card{number}"
        folder.mkdir(parents=True)
        write(device, files)
        write(folder, own)
        (folder / "device").symlink_to(device)
        (self.drm / folder.name).symlink_to(folder)
        (self.drm / f"{folder.name}-DP-1").mkdir()
        if driver:
            made = self.root / "sys" / "bus" / "pci" / "drivers" / driver
            made.mkdir(parents=True, exist_ok=True)
            (device / "driver").symlink_to(made)
        return device

    def add_process(self, pid: int, *infos: str) -> None:
        """A process that has a GPU open, once for each description."""
        for number, info in enumerate(infos, start=5):
            write(self.proc / str(pid) / "fdinfo", {str(number): info})
            descriptors = self.proc / str(pid) / "fd"
            descriptors.mkdir(exist_ok=True)
            (descriptors / str(number)).symlink_to("/dev/dri/renderD128")
        (self.proc / str(pid) / "fd").mkdir(parents=True, exist_ok=True)
        (self.proc / str(pid) / "fd" / "1").symlink_to("/dev/null")

    def add_rocm_process(self, pid: int, slot_bus: int, n_bytes: int) -> None:
        """A process that computes with ROCm on the GPU of a bus."""
        node = self.kfd / "topology" / "nodes" / "1"
        write(node, {"gpu_id": "47045", "properties": f"domain 0\nlocation_id {slot_bus << 8}"})
        write(self.kfd / "topology" / "nodes" / "0", {"gpu_id": "0", "properties": "location_id 0"})
        write(self.kfd / "proc" / str(pid), {"vram_47045": str(n_bytes), "pasid": "32770"})


def write(folder: Path, files: Mapping[str, str]) -> None:
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content + "\n")


#: What amdgpu describes of one open file, under Linux 6.8.
AMDGPU_INFO = """pos:	0
flags:	02100002
mnt_id:	27
ino:	1118
drm-driver:	amdgpu
drm-client-id:	93
drm-pdev:	0000:03:00.0
pasid:	32790
drm-total-vram:	5374976 KiB
drm-resident-vram:	5242880 KiB
drm-memory-vram:	5242880 KiB
drm-memory-gtt: 	18520 KiB
drm-engine-gfx:	912837465 ns
drm-engine-compute:	55555 ns"""

I915_INFO = """drm-driver:	i915
drm-client-id:	{client}
drm-pdev:	{slot}
drm-total-local0:	3 GiB
drm-resident-local0:	2 GiB
drm-resident-system0:	100 MiB
drm-engine-render:	{render} ns
drm-engine-video:	1000 ns
drm-engine-capacity-video:	2"""
