import { parseYaml } from '../../../api/yaml.ts';
import { Settings } from '../../../extension-points/devices/settings.ts';
import { type NvidiaSharing, readSharing } from './sharing.ts';

/** How MIG devices are offered: not at all (the whole GPU is), as `nvidia.com/gpu`, or as `nvidia.com/mig-<profile>`. */
export type MigStrategy = 'none' | 'single' | 'mixed';
/** How a container is told which devices it has. */
export type DeviceListStrategy = 'envvar' | 'volume-mounts' | 'cdi-annotations' | 'cdi-cri';

/** What the plugin takes from the configuration file of NVIDIA's own plugin, version v1. */
export interface NvidiaConfiguration {
  readonly migStrategy: MigStrategy;
  /** Whether it is an error that there is no driver. */
  readonly failOnInitError: boolean;
  /** Where the driver's libraries are on the machine. */
  readonly driverRoot: string;
  /** Where the driver's device nodes are on the machine. */
  readonly deviceRoot: string;
  readonly gdsEnabled: boolean;
  readonly mofedEnabled: boolean;
  /** Whether containers get device nodes and the driver's libraries from the plugin. Unlike in NVIDIA's plugin this is so unless it is switched off: runc alone adds neither. */
  readonly passDeviceSpecs: boolean;
  readonly deviceListStrategies: readonly DeviceListStrategy[];
  readonly deviceIdStrategy: 'uuid' | 'index';
  readonly cdiAnnotationPrefix: string;
  readonly timeSlicing: NvidiaSharing;
}

const strategies: readonly DeviceListStrategy[] = ['envvar', 'volume-mounts', 'cdi-annotations', 'cdi-cri'];
const maximumFileBytes = 1024 * 1024;

/** Reads the text of a configuration file, YAML or JSON; an empty one is all defaults. Throws and names the field when something in it is not known, is wrong, or cannot be done here. */
export function readNvidiaConfiguration(text: string): NvidiaConfiguration {
  const file = new Settings(parseYaml(text, { maxWeight: maximumFileBytes }).value);
  const version = file.text('version', 'v1') || 'v1';
  if (version !== 'v1') throw new Error(`unknown version: ${version}`);
  const flags = readFlags(file.object('flags'));
  const timeSlicing = readAllSharing(file.object('sharing'));
  refuseImex(file.object('imex'));
  ignoreResources(file.object('resources'));
  file.finish();
  return { ...flags, timeSlicing };
}

function readFlags(flags: Settings): Omit<NvidiaConfiguration, 'timeSlicing'> {
  const driverRoot = flags.text('nvidiaDriverRoot', '/');
  const plugin = flags.object('plugin');
  const configuration = {
    migStrategy: flags.choice('migStrategy', ['none', 'single', 'mixed'], 'none'),
    failOnInitError: flags.flag('failOnInitError', true),
    driverRoot,
    deviceRoot: flags.text('nvidiaDevRoot', '') || driverRoot,
    gdsEnabled: flags.flag('gdsEnabled', false),
    mofedEnabled: flags.flag('mofedEnabled', false),
    passDeviceSpecs: plugin.flag('passDeviceSpecs', true),
    deviceListStrategies: readStrategies(plugin),
    deviceIdStrategy: plugin.choice('deviceIDStrategy', ['uuid', 'index'], 'uuid'),
    cdiAnnotationPrefix: plugin.text('cdiAnnotationPrefix', 'cdi.k8s.io/'),
  };
  // What is said to the parts of NVIDIA's software that are not here.
  for (const name of ['mpsRoot', 'deviceDiscoveryStrategy', 'useNodeFeatureAPI', 'gdrcopyEnabled', 'gfd']) flags.raw(name);
  for (const name of ['nvidiaCTKPath', 'nvidiaCDIHookPath', 'containerDriverRoot', 'cdiFeatureFlags']) plugin.raw(name);
  plugin.finish();
  flags.finish();
  return configuration;
}

/** One word, a list of them, or words with commas in between, as the flag takes them. */
function readStrategies(plugin: Settings): readonly DeviceListStrategy[] {
  const value = plugin.raw('deviceListStrategy') ?? 'envvar';
  const names = Array.isArray(value) ? value : [value];
  return names
    .flatMap((name) => (typeof name === 'string' ? name.split(',') : [String(name)]))
    .map((name) => {
      const strategy = strategies.find((known) => known === name);
      if (strategy === undefined) throw new Error(`invalid strategy: ${name}`);
      return strategy;
    });
}

function readAllSharing(sharing: Settings): NvidiaSharing {
  if (sharing.has('mps'))
    throw new Error("sharing.mps: containers can share a GPU by MPS only with NVIDIA's own plugin and its daemon; timeSlicing works here");
  const timeSlicing = readSharing(sharing.object('timeSlicing'), sharing.has('timeSlicing'));
  sharing.finish();
  return timeSlicing;
}

function refuseImex(imex: Settings): void {
  if (imex.list('channelIDs').length > 0) throw new Error("imex.channelIDs: IMEX channels need NVIDIA's own plugin");
  imex.flag('required', false);
  imex.finish();
}

/** Other names for GPUs by model: NVIDIA's plugin reads the field and, so far, does nothing with it. */
function ignoreResources(resources: Settings): void {
  for (const name of ['gpus', 'mig'])
    for (const [index, value] of resources.list(name).entries()) {
      const resource = new Settings(value, `${resources.pathOf(name)}[${index}]`);
      for (const field of ['pattern', 'name']) if (!resource.has(field)) throw new Error(`resources must have a '${field}' field set`);
      resource.finish();
    }
  resources.finish();
}
