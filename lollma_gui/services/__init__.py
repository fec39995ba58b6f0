"""What touches the world: disk, network, NVML, child processes. No Qt."""
