import { Command, CommanderError, InvalidArgumentError, Option } from 'commander';
import { errorText } from '../../kernel/log.ts';
import { type AccessOptions, addAccessFlags } from './access-options.ts';
import type { DevicesFlags } from './devices-command.ts';
import type { DevicesConformanceFlags } from './devices-conformance-command.ts';
import type { Distribution } from './distribution.ts';
import type { ScheduleFlags } from './schedule.ts';
import { version } from './version.ts';
import type { WhyFlags } from './why.ts';

/** Runs one command line; answers the exit code. Errors are one line on standard error that says what to do. */
export async function runCommandLine(distribution: Distribution, args: readonly string[]): Promise<number> {
  let exitCode = 0;
  const program = createProgram(distribution, (code) => {
    exitCode = code;
  });
  try {
    await program.parseAsync([...args], { from: 'user' });
    return exitCode;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode;
    process.stderr.write(`error: ${errorText(error)}\n`);
    return 1;
  }
}

/** The commands as commander has them; `exitWith` is told the exit code of the one that runs. */
export function createProgram(distribution: Distribution, exitWith: (code: number) => void): Command {
  const program = new Command('wherry')
    .description('A Kubernetes you extend in TypeScript.')
    .version(version, '-v, --version')
    .exitOverride()
    .showHelpAfterError('(try wherry --help)')
    .configureHelp({ sortSubcommands: false });
  const dataDirectory = (): Option =>
    new Option('--data-dir <dir>', 'where the cluster keeps everything').env('WHERRY_DATA_DIR').default(undefined, '~/.wherry');

  addAccessFlags(program.command('up'))
    .description('start a cluster; Ctrl-C stops it')
    .option('-d, --detach', 'return when the cluster is ready and leave it running')
    .option('--nodes <n>', 'number of nodes; more than one are simulated', wholeNumber(1, 10_000), 1)
    .option('--simulate', 'simulated nodes: no containers, no root')
    .option('--simulation <file>', 'kinds of simulated nodes (zones, GPUs, taints, ...) and what their pods do, in YAML; implies --simulate')
    .option('--port <port>', 'port of the API server; 0 takes a free one', wholeNumber(0, 65_535), 6443)
    .option('--host <address>', 'address the API server listens on', '127.0.0.1')
    .option('--container-runtime-endpoint <socket>', 'use this CRI runtime instead of a containerd of its own')
    .option(
      '--plugin-dir <dir>',
      'what holds device-plugins, plugins_registry and pod-resources (default: in the data directory); stock plugins look in /var/lib/kubelet',
    )
    .option(
      '--gpu <vendor>',
      "offer this machine's GPUs to pods: nvidia, amd or intel, with a configuration file of the vendor's plugin if need be: nvidia=<file> (repeatable)",
      collect,
      [],
    )
    .option(
      '--fake-gpu <gpus>',
      'GPUs that are not there, for containers that ask: example.com/gpu=4 or nvidia.com/gpu=8,memory=80Gi,numa=2 (repeatable)',
      collect,
      [],
    )
    .option(
      '--fake-dra-gpu <gpus>',
      'GPUs that are not there, for ResourceClaims: the driver and how many, gpu.example.com=4 or gpu.example.com=8,memory=80Gi,numa=2,model=h100 (repeatable)',
      collect,
      [],
    )
    .option(
      '--discover-labels <sources>',
      'label the node with what this machine is: all, or some of cpu, kernel, memory, network, node-features, pci, storage, system, usb, with commas (repeatable)',
      collect,
      [],
    )
    .option('--feature-files <dir>', 'where programs leave labels of the node in files (default: /etc/kubernetes/node-feature-discovery/features.d)')
    .option('--extension <file>', 'load a module that adds extensions, and again whenever it is saved (repeatable)', collect, [])
    .option('--scheduler-config <file>', 'KubeSchedulerConfiguration; it may name plugins that are modules, which are loaded again whenever they are saved')
    .option('--kubelet-config <file>', 'KubeletConfiguration of the node: CPU, memory and topology policies, reserved resources, evictions, ...')
    .option('--kubeconfig <file>', 'kubeconfig that gets the context "wherry" (default: $KUBECONFIG or ~/.kube/config)')
    .addOption(dataDirectory())
    .action(async (options: UpFlags) => {
      const { up } = await import('./up.ts');
      exitWith(await up(distribution, options));
    });
  program
    .command('down')
    .description('stop what up started')
    .option('--keep-containers', 'leave containers running; the next up adopts them')
    .option('--purge', 'also remove the data directory and the kubeconfig entry')
    .option('--kubeconfig <file>', 'kubeconfig that holds the context "wherry"')
    .addOption(dataDirectory())
    .action(async (options: { dataDir?: string; keepContainers?: boolean; purge?: boolean; kubeconfig?: string }) => {
      const { down } = await import('./down.ts');
      await down(distribution, options);
    });
  program
    .command('status')
    .description('what runs, where, and how it is')
    .addOption(new Option('-o, --output <format>', 'output format').choices(['table', 'json', 'yaml']).default('table'))
    .addOption(dataDirectory())
    .action(async (options: { dataDir?: string; output: 'table' | 'json' | 'yaml' }) => {
      const { status } = await import('./status.ts');
      exitWith(await status(distribution, options));
    });
  addImageCommands(program, distribution, dataDirectory);
  program
    .command('kubeconfig')
    .description('print the administrator kubeconfig of the cluster')
    .addOption(dataDirectory())
    .action(async (options: { dataDir?: string }) => {
      const { printKubeconfig } = await import('./kubeconfig-command.ts');
      printKubeconfig(options);
    });
  program
    .command('extensions')
    .description('every extension that is loaded, per extension point, with calls, errors and p99')
    .addOption(new Option('-o, --output <format>', 'output format').choices(['table', 'json']).default('table'))
    .addOption(dataDirectory())
    .action(async (options: { dataDir?: string; output: 'table' | 'json' }) => {
      const { listExtensions } = await import('./extensions-command.ts');
      await listExtensions(options);
    });
  const devices = program
    .command('devices')
    .description('the devices of the nodes: plugin, health, NUMA node, which container holds each; a line per resource, or per device of one')
    .argument('[resource]', 'list each device of this resource')
    .option('--all', 'list each device of all resources')
    .addOption(new Option('-o, --output <format>', 'output format').choices(['table', 'json']).default('table'))
    .addOption(dataDirectory())
    .action(async (resource: string | undefined, options: DevicesFlags) => {
      const { listDevices } = await import('./devices-command.ts');
      exitWith(await listDevices(resource, options));
    });
  devices
    .command('conformance')
    .description('hold a device plugin, in whatever language it is written, to the contract')
    .option('--socket <path>', 'the socket it listens on')
    .option('--plugin-dir <dir>', 'or where it registers: a folder in which this stands in for the node agent (no agent may run there)')
    .option('--resource <name>', 'its resource, such as example.com/gpu')
    .option('--skip <case>', 'leave a case out, by its title (repeatable)', collect, [])
    .action(async (options: DevicesConformanceFlags) => {
      const { checkDevicePlugin } = await import('./devices-conformance-command.ts');
      exitWith(await checkDevicePlugin(options));
    });
  addDecisionCommands(program, { dataDirectory, exitWith });
  addGenerateCommands(program);
  return program;
}

function addDecisionCommands(program: Command, { dataDirectory, exitWith }: { dataDirectory: () => Option; exitWith: (code: number) => void }): void {
  const output = (): Option => new Option('-o, --output <format>', 'output format').choices(['story', 'json']).default('story');
  program
    .command('why')
    .description('tell why a pod is where it is, or why it is nowhere; why a node has the devices it has')
    .argument('<subject>', 'pod/NAME, or node/NAME')
    .argument('[resource]', 'of a node: only this resource, such as example.com/gpu')
    .option('-n, --namespace <namespace>', 'namespace of the pod', 'default')
    .addOption(output())
    .addOption(dataDirectory())
    .action(async (subject: string, resource: string | undefined, options: WhyFlags) => {
      const { why } = await import('./why.ts');
      exitWith(await why(subject, options, resource));
    });
  program
    .command('schedule')
    .description('say where the pods of a file would go now, without creating anything')
    .requiredOption('-f, --filename <file>', 'file with pods, or workloads that make them; - for standard input')
    .option('--dry-run', 'required: pods that are to run are created, and scheduled then')
    .option('-n, --namespace <namespace>', 'namespace (default: the one in the file, else "default")')
    .addOption(output())
    .addOption(dataDirectory())
    .action(async (options: ScheduleFlags) => {
      const { schedule } = await import('./schedule.ts');
      exitWith(await schedule(options));
    });
}

function addGenerateCommands(program: Command): void {
  const generate = program.command('generate').description('write code from definitions');
  generate
    .command('types')
    .description('write TypeScript for the objects that CustomResourceDefinitions define')
    .requiredOption('-f, --filename <file>', 'file with definitions, - for standard input (repeatable)', collect, [])
    .option('-o, --output <file>', 'file to write to (default: standard output)')
    .action(async (options: { filename: string[]; output?: string }) => {
      const { generateTypes } = await import('./generate-types.ts');
      generateTypes(options);
    });
}

function addImageCommands(program: Command, distribution: Distribution, dataDirectory: () => Option): void {
  const image = program.command('image').description('images of the cluster');
  image
    .command('import')
    .description('import tarballs (docker save or OCI layout, .gz too)')
    .argument('<file...>')
    .addOption(dataDirectory())
    .action(async (files: string[], options: { dataDir?: string }) => {
      const { importImages } = await import('./image.ts');
      await importImages(distribution, files, options);
    });
  image
    .command('list')
    .description('images that pods can use without a pull')
    .addOption(dataDirectory())
    .action(async (options: { dataDir?: string }) => {
      const { listImages } = await import('./image.ts');
      await listImages(distribution, options);
    });
}

/** The flags of `wherry up`, as commander hands them over. */
export interface UpFlags extends AccessOptions {
  readonly detach?: boolean;
  readonly nodes: number;
  readonly simulate?: boolean;
  readonly simulation?: string;
  readonly port: number;
  readonly host: string;
  readonly containerRuntimeEndpoint?: string;
  readonly pluginDir?: string;
  readonly fakeGpu?: readonly string[];
  readonly fakeDraGpu?: readonly string[];
  readonly gpu?: readonly string[];
  readonly discoverLabels?: readonly string[];
  readonly featureFiles?: string;
  readonly extension: readonly string[];
  readonly schedulerConfig?: string;
  readonly kubeletConfig?: string;
  readonly kubeconfig?: string;
  readonly dataDir?: string;
}

const collect = (value: string, all: readonly string[]): string[] => [...all, value];

function wholeNumber(minimum: number, maximum: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (!Number.isInteger(value) || value < minimum || value > maximum) throw new InvalidArgumentError(`must be a whole number from ${minimum} to ${maximum}.`);
    return value;
  };
}
