import os
import sys
from pathlib import Path

import pytest

from lollma_gui.services import drives
from lollma_gui.services.drives import ReadSpeed, block_device, kind_of

#: Paths as Linux 6.8 resolves them, what their queue says of turning, and what they are.
LAYOUTS = [
    ("devices/pci0000:00/0000:00:17.0/ata1/host0/target0:0:0/0:0:0:0/block/sda", "1", "hard disk"),
    ("devices/pci0000:00/0000:00:17.0/ata2/host1/target1:0:0/1:0:0:0/block/sdb", "0", "SSD"),
    ("devices/pci0000:00/0000:00:01.2/0000:01:00.0/nvme/nvme0/nvme0n1", "0", "NVMe"),
    ("devices/pci0000:00/0000:00:04.0/virtio1/block/vda", "1", ""),
    ("devices/virtual/block/dm-0", "0", "SSD"),
]


@pytest.mark.parametrize(("path", "said", "kind"), LAYOUTS)
def test_drives_and_their_partitions_are_told_apart(tmp_path, path, said, kind):
    disk = tmp_path / path
    (disk / "queue").mkdir(parents=True)
    (disk / "queue" / "rotational").write_text(said + "\n")
    partition = disk / f"{disk.name}1"
    partition.mkdir()
    assert kind_of(disk) == kind
    assert kind_of(partition) == kind
    assert kind_of(tmp_path / "0:42") == ""


def number_of(folder: Path) -> str:
    device = folder.stat().st_dev
    return f"{os.major(device)}:{os.minor(device)}"


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no device numbers")
def test_a_folder_is_traced_to_its_drive(tmp_path):
    drive = tmp_path / "sda1"
    drive.mkdir()
    devices = tmp_path / "block"
    devices.mkdir()
    (devices / number_of(tmp_path)).symlink_to(drive)
    assert block_device(tmp_path, devices) == drive
    assert block_device(tmp_path, tmp_path / "nowhere") is None


@pytest.mark.skipif(not Path("/dev/null").is_char_device(), reason="needs a device to stand in")
def test_a_file_system_with_a_number_of_its_own_is_traced_by_its_mount(tmp_path):
    drive = tmp_path / "sda2"
    drive.mkdir()
    devices = tmp_path / "block"
    devices.mkdir()
    # btrfs as proc_pid_mountinfo(5) shows it; /dev/null stands for the partition.
    mounts = tmp_path / "mountinfo"
    mounts.write_text(
        f"36 35 {number_of(tmp_path)} / /home rw,noatime shared:1 - btrfs /dev/null rw,ssd\n"
    )
    (devices / "1:3").symlink_to(drive)
    assert block_device(tmp_path, devices, mounts) == drive
    mounts.write_text(f"36 35 {number_of(tmp_path)} / / rw - overlay overlay rw\n")
    assert block_device(tmp_path, devices, mounts) is None


def test_the_speed_is_what_was_read_since_the_last_look(tmp_path):
    # /sys/block/nvme0n1/stat, fields as in Linux's Documentation/block/stat.rst
    stat = tmp_path / "stat"
    stat.write_text(" 1000 5 2000 300 7 8 9 10 0 11 12 0 0 0 0 0 0\n")
    times = iter([10.0, 12.0, 13.0])
    speed = ReadSpeed(tmp_path, lambda: next(times))
    assert speed.bytes_per_second() is None
    stat.write_text(" 1000 5 6002000 300 7 8 9 10 0 11 12 0 0 0 0 0 0\n")
    assert speed.bytes_per_second() == 6_000_000 * 512 / 2
    stat.unlink()
    assert speed.bytes_per_second() is None


@pytest.mark.skipif(sys.platform != "linux", reason="other systems have other ways")
def test_an_unknown_drive_has_no_speed():
    speed = ReadSpeed(None)
    assert [speed.bytes_per_second() for _ in range(2)] == [None, None]


def test_the_drive_of_a_real_folder_is_found_or_unknown_and_nothing_breaks(tmp_path):
    block = block_device(tmp_path)
    assert block is None or drives.kind_of(block) in ("NVMe", "SSD", "hard disk", "")
