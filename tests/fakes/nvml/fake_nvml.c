/* Stands for the NVIDIA driver's own library (libnvidia-ml.so.1), which cannot be here.
 *
 * Before each answer it reads the control file named by FAKE_NVML: lines of "name number". The name of a
 * function makes that function return this error code; "name/1" does so for the GPU of index 1
 * only. "gpus" is how many there are; other names are what a function tells, "name/1" of one GPU. Every nvmlInit and nvmlShutdown is written to FAKE_NVML_LOG.
 * Compiled with -DOLD_DRIVER it lacks what drivers before 510 lack.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct { unsigned int gpu, memory; } Rates;
typedef struct { unsigned long long total, free, used; } Memory;
typedef struct { unsigned int version; unsigned long long total, reserved, free, used; } MemoryV2;
typedef struct { int index; } Gpu;

typedef struct { unsigned int pid; unsigned long long memory; unsigned int gi, ci; } Process;

enum { OK = 0, INVALID_ARGUMENT = 2, TOO_SMALL = 7, MISMATCH = 25 };
static Gpu gpus[8] = {{0}, {1}, {2}, {3}, {4}, {5}, {6}, {7}};
static const unsigned long long GIB = 1ULL << 30;

static int steered(const char *name, int usual) {
    char found[128];
    int value, result = usual;
    const char *path = getenv("FAKE_NVML");
    FILE *file = path ? fopen(path, "r") : NULL;
    if (!file) return usual;
    while (fscanf(file, "%127s %d", found, &value) == 2)
        if (strcmp(found, name) == 0) result = value;
    fclose(file);
    return result;
}

static int answer(const char *function, const Gpu *gpu) {
    char name[160];
    if (gpu) {
        snprintf(name, sizeof name, "%s/%d", function, gpu->index);
        int code = steered(name, OK);
        if (code) return code;
    }
    return steered(function, OK);
}

/* What to tell of a GPU: of it alone, of all, or the usual. */
static unsigned int told(const Gpu *gpu, const char *name, int usual) {
    char own[160];
    snprintf(own, sizeof own, "%s/%d", name, gpu->index);
    return (unsigned int)steered(own, steered(name, usual));
}

static void note(const char *what) {
    const char *path = getenv("FAKE_NVML_LOG");
    FILE *file = path ? fopen(path, "a") : NULL;
    if (!file) return;
    fprintf(file, "%s\n", what);
    fclose(file);
}

#define ANSWER(gpu) do { int code = answer(__func__, gpu); if (code) return code; } while (0)

int nvmlInitWithFlags(unsigned int flags) { (void)flags; note("init"); ANSWER(NULL); return OK; }
int nvmlShutdown(void) { note("shutdown"); ANSWER(NULL); return OK; }
const char *nvmlErrorString(int code) { (void)code; return "an error of its own"; }

int nvmlSystemGetDriverVersion(char *text, unsigned int size) {
    ANSWER(NULL);
    snprintf(text, size, "580.95.05");
    return OK;
}
int nvmlSystemGetCudaDriverVersion(int *version) { ANSWER(NULL); *version = 13000; return OK; }

int nvmlDeviceGetCount_v2(unsigned int *count) {
    ANSWER(NULL);
    *count = (unsigned int)steered("gpus", 1);
    return OK;
}
int nvmlDeviceGetHandleByIndex_v2(unsigned int index, Gpu **gpu) {
    if (index >= 8) return INVALID_ARGUMENT;
    ANSWER(&gpus[index]);
    *gpu = &gpus[index];
    return OK;
}
int nvmlDeviceGetName(Gpu *gpu, char *text, unsigned int size) {
    ANSWER(gpu);
    snprintf(text, size, gpu->index ? "NVIDIA GeForce RTX 3060" : "NVIDIA GeForce RTX 4080");
    return OK;
}
int nvmlDeviceGetUUID(Gpu *gpu, char *text, unsigned int size) {
    ANSWER(gpu);
    snprintf(text, size, "GPU-0000000%d", gpu->index);
    return OK;
}
int nvmlDeviceGetUtilizationRates(Gpu *gpu, Rates *rates) {
    ANSWER(gpu);
    rates->gpu = told(gpu, "utilisation", 87);
    rates->memory = 40;
    return OK;
}
int nvmlDeviceGetMemoryInfo(Gpu *gpu, Memory *memory) {
    ANSWER(gpu);
    memory->total = 16 * GIB;
    memory->used = 13 * GIB; /* counts what the driver reserves */
    memory->free = 3 * GIB;
    return OK;
}
#ifndef OLD_DRIVER
int nvmlDeviceGetMemoryInfo_v2(Gpu *gpu, MemoryV2 *memory) {
    ANSWER(gpu);
    if (memory->version >> 24 != 2) return MISMATCH;
    memory->total = 16 * GIB;
    memory->reserved = 1 * GIB;
    memory->used = 12 * GIB;
    memory->free = 3 * GIB;
    return OK;
}
#endif
int nvmlDeviceGetTemperature(Gpu *gpu, int sensor, unsigned int *celsius) {
    ANSWER(gpu);
    if (sensor != 0) return INVALID_ARGUMENT;
    *celsius = told(gpu, "temperature", 64);
    return OK;
}
int nvmlDeviceGetPowerUsage(Gpu *gpu, unsigned int *milliwatts) {
    ANSWER(gpu);
    *milliwatts = told(gpu, "milliwatts", 231500);
    return OK;
}
int nvmlDeviceGetEnforcedPowerLimit(Gpu *gpu, unsigned int *milliwatts) {
    ANSWER(gpu);
    *milliwatts = 320000;
    return OK;
}
int nvmlDeviceGetPowerManagementLimit(Gpu *gpu, unsigned int *milliwatts) {
    ANSWER(gpu);
    *milliwatts = 300000;
    return OK;
}
int nvmlDeviceGetCudaComputeCapability(Gpu *gpu, int *major, int *minor) {
    ANSWER(gpu);
    *major = 8;
    *minor = 9;
    return OK;
}
#define NUMBER(function, name, usual) \
    int function(Gpu *gpu, unsigned int *value) { \
        ANSWER(gpu); \
        *value = told(gpu, name, usual); \
        return OK; \
    }
NUMBER(nvmlDeviceGetFanSpeed, "fan", 41)
NUMBER(nvmlDeviceGetCurrPcieLinkGeneration, "generation", 4)
NUMBER(nvmlDeviceGetCurrPcieLinkWidth, "width", 16)
NUMBER(nvmlDeviceGetMaxPcieLinkGeneration, "max_generation", 4)
NUMBER(nvmlDeviceGetMaxPcieLinkWidth, "max_width", 16)

int nvmlDeviceGetTemperatureThreshold(Gpu *gpu, int kind, unsigned int *celsius) {
    ANSWER(gpu);
    if (kind == 3 && steered("no_highest", 0)) return 3;
    *celsius = kind == 3 ? 88 : 95;
    return OK;
}
int nvmlDeviceGetClockInfo(Gpu *gpu, int kind, unsigned int *mhz) {
    ANSWER(gpu);
    *mhz = kind == 2 ? 10501 : 2505;
    return OK;
}
static int reasons(Gpu *gpu, const char *function, unsigned long long *bits) {
    int code = answer(function, gpu);
    *bits = told(gpu, "reasons", 4);
    return code;
}
#ifndef OLD_DRIVER
int nvmlDeviceGetCurrentClocksEventReasons(Gpu *gpu, unsigned long long *bits) {
    return reasons(gpu, __func__, bits);
}
#endif
int nvmlDeviceGetCurrentClocksThrottleReasons(Gpu *gpu, unsigned long long *bits) {
    return reasons(gpu, __func__, bits);
}
int nvmlDeviceGetMigMode(Gpu *gpu, unsigned int *now, unsigned int *next) {
    ANSWER(gpu);
    *now = *next = told(gpu, "mig", 0);
    return OK;
}
int nvmlDeviceGetVirtualizationMode(Gpu *gpu, unsigned int *mode) {
    ANSWER(gpu);
    *mode = told(gpu, "virtualization", 0);
    return OK;
}
/* "compute" and "graphics" are the process numbers, 0 for none; "hidden" 1 keeps their memory. */
static int processes(Gpu *gpu, const char *function, const char *name, unsigned int *count, Process *list) {
    unsigned int pid = told(gpu, name, 0), room = *count;
    int code = answer(function, gpu);
    if (code) return code;
    *count = pid ? 1 : 0;
    if (!pid) return OK;
    if (room < 1) return TOO_SMALL;
    memset(list, 0, sizeof *list);
    list[0].pid = pid;
    list[0].memory = steered("hidden", 0) ? ~0ULL : 5 * GIB;
    return OK;
}
int nvmlDeviceGetComputeRunningProcesses_v3(Gpu *gpu, unsigned int *count, Process *list) {
    return processes(gpu, __func__, "compute", count, list);
}
int nvmlDeviceGetGraphicsRunningProcesses_v3(Gpu *gpu, unsigned int *count, Process *list) {
    return processes(gpu, __func__, "graphics", count, list);
}
int nvmlDeviceGetMemoryBusWidth(Gpu *gpu, unsigned int *bits) { ANSWER(gpu); *bits = 256; return OK; }
int nvmlDeviceGetMaxClockInfo(Gpu *gpu, int kind, unsigned int *mhz) {
    ANSWER(gpu);
    if (kind != 2) return INVALID_ARGUMENT;
    *mhz = 11201;
    return OK;
}
