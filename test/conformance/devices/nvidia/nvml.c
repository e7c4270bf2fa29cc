/*
 * A libnvidia-ml that has two GPUs which are not there: as much of NVIDIA's management library as its device plugin asks for. Written from NVIDIA's public
 * documentation of the interface; numbers are those of the interface.
 */
#include <stdio.h>
#include <string.h>

enum { success = 0, invalid_argument = 2, not_supported = 3 };
enum { gpu_count = 2, brand_nvidia = 14, architecture_ampere = 7, topology_same_board_node = 40, link_count = 18 };

typedef struct {
  unsigned index;
} gpu;
static gpu gpus[gpu_count] = {{0}, {1}};

typedef struct {
  char bus_id_legacy[16];
  unsigned domain, bus, device, pci_device_id, pci_subsystem_id;
  char bus_id[32];
} pci_info;

typedef struct {
  unsigned long long total, free, used;
} memory_info;

int nvmlInit_v2(void) { return success; }
int nvmlInit(void) { return success; }
int nvmlInitWithFlags(unsigned flags) { return (void)flags, success; }
int nvmlShutdown(void) { return success; }
const char *nvmlErrorString(int result) { return result == success ? "Success" : result == not_supported ? "Not Supported" : "Invalid Argument"; }

static int text(char *to, unsigned length, const char *from) {
  snprintf(to, length, "%s", from);
  return success;
}

int nvmlSystemGetDriverVersion(char *version, unsigned length) { return text(version, length, "550.107.02"); }
int nvmlSystemGetNVMLVersion(char *version, unsigned length) { return text(version, length, "12.550.107.02"); }
int nvmlSystemGetCudaDriverVersion(int *version) { return *version = 12040, success; }
int nvmlSystemGetCudaDriverVersion_v2(int *version) { return *version = 12040, success; }

int nvmlDeviceGetCount_v2(unsigned *count) { return *count = gpu_count, success; }
int nvmlDeviceGetHandleByIndex_v2(unsigned index, gpu **device) {
  if (index >= gpu_count) return invalid_argument;
  *device = &gpus[index];
  return success;
}
int nvmlDeviceGetHandleByUUID(const char *uuid, gpu **device) {
  unsigned index;
  if (sscanf(uuid, "GPU-00000000-0000-4000-8000-%u", &index) != 1 || index >= gpu_count) return invalid_argument;
  *device = &gpus[index];
  return success;
}
int nvmlDeviceGetIndex(gpu *device, unsigned *index) { return *index = device->index, success; }
int nvmlDeviceGetMinorNumber(gpu *device, unsigned *minor) { return *minor = device->index, success; }
int nvmlDeviceGetName(gpu *device, char *name, unsigned length) { return (void)device, text(name, length, "NVIDIA A100-SXM4-40GB"); }
int nvmlDeviceGetUUID(gpu *device, char *uuid, unsigned length) {
  snprintf(uuid, length, "GPU-00000000-0000-4000-8000-%012u", device->index);
  return success;
}
int nvmlDeviceGetPciInfo_v3(gpu *device, pci_info *info) {
  memset(info, 0, sizeof *info);
  info->bus = 0x10 + device->index;
  info->pci_device_id = 0x20b010de;
  snprintf(info->bus_id_legacy, sizeof info->bus_id_legacy, "0000:%02X:00.0", info->bus);
  snprintf(info->bus_id, sizeof info->bus_id, "00000000:%02X:00.0", info->bus);
  return success;
}
int nvmlDeviceGetMemoryInfo(gpu *device, memory_info *info) {
  (void)device;
  info->total = info->free = 42949672960ULL;
  info->used = 0;
  return success;
}
int nvmlDeviceGetBrand(gpu *device, unsigned *brand) { return (void)device, *brand = brand_nvidia, success; }
int nvmlDeviceGetArchitecture(gpu *device, unsigned *architecture) { return (void)device, *architecture = architecture_ampere, success; }
int nvmlDeviceGetCudaComputeCapability(gpu *device, int *major, int *minor) { return (void)device, *major = 8, *minor = 0, success; }

/* They cannot be split. */
int nvmlDeviceGetMigMode(gpu *device, unsigned *current, unsigned *pending) { return (void)device, (void)current, (void)pending, not_supported; }
int nvmlDeviceGetMaxMigDeviceCount(gpu *device, unsigned *count) { return (void)device, *count = 0, success; }
int nvmlDeviceIsMigDeviceHandle(gpu *device, unsigned *is_mig) { return (void)device, *is_mig = 0, success; }

/* They have no links but through the processor. */
int nvmlDeviceGetTopologyCommonAncestor(gpu *left, gpu *right, unsigned *level) { return (void)left, (void)right, *level = topology_same_board_node, success; }
int nvmlDeviceOnSameBoard(gpu *left, gpu *right, int *is_same) { return (void)left, (void)right, *is_same = 0, success; }
int nvmlDeviceGetNvLinkState(gpu *device, unsigned link, unsigned *is_active) {
  (void)device;
  *is_active = 0;
  return link < link_count ? success : invalid_argument;
}
int nvmlDeviceGetNvLinkRemotePciInfo_v2(gpu *device, unsigned link, pci_info *info) { return (void)device, (void)link, (void)info, not_supported; }
