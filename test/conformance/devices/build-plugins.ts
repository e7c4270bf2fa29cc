import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { run } from '../../fixtures/run.ts';

export interface BuiltPlugins {
  /** Where `stock-plugins.ts` finds them. */
  readonly environment: Readonly<Record<string, string>>;
  /** What could not be had, and why. */
  readonly missing: readonly string[];
}

/** Builds the plugins, each at a version of its own, and what they need to run without hardware. A plugin that the module proxy does not hand out is missing; one that does not build is an error. */
export async function buildPlugins(directory: string): Promise<BuiltPlugins> {
  const environment: Record<string, string> = {};
  const missing: string[] = [];
  for (const { name, variable, build } of plugins) {
    try {
      environment[variable] = await build(directory);
    } catch (error) {
      const { message } = error as Error;
      if (!/(40[34]|410|5\d\d) [A-Z]|not available|dial tcp|no such host|executable file not found|ENOENT/.test(message)) throw error;
      missing.push(`${name} cannot be had here: ${message.trim().split('\n').at(-1)}`);
    }
  }
  return { environment, missing };
}

const plugins: readonly { readonly name: string; readonly variable: string; readonly build: (directory: string) => Promise<string> }[] = [
  {
    name: 'the sample device plugin of Kubernetes',
    variable: 'WHERRY_SAMPLE_PLUGIN',
    async build(directory) {
      const binary = join(directory, 'sample-device-plugin');
      await go(['build', '-o', binary, 'k8s.io/kubernetes/test/images/sample-device-plugin'], { cwd: join(import.meta.dirname, 'sample') });
      return binary;
    },
  },
  {
    name: 'generic-device-plugin',
    variable: 'WHERRY_GENERIC_PLUGIN',
    async build(directory) {
      await go(['install', 'github.com/squat/generic-device-plugin@179b1fee5dcb'], { cwd: directory, environment: { GOBIN: directory, GOFLAGS: '-mod=mod' } });
      return join(directory, 'generic-device-plugin');
    },
  },
  {
    name: "NVIDIA's device plugin",
    variable: 'WHERRY_NVIDIA_PLUGIN',
    async build(directory) {
      const [binary, library] = [join(directory, 'nvidia-device-plugin'), join(directory, 'nvml')];
      mkdirSync(library);
      const cwd = join(import.meta.dirname, 'nvidia');
      await succeed('gcc', ['-Wall', '-Wextra', '-Werror', '-shared', '-fPIC', '-o', join(library, 'libnvidia-ml.so.1'), join(cwd, 'nvml.c')], {});
      // It is bound to NVIDIA's library when it runs, not before.
      const environment = { CGO_ENABLED: '1', CGO_LDFLAGS_ALLOW: '-Wl,--unresolved-symbols=.*' };
      await go(['build', '-o', binary, 'github.com/NVIDIA/k8s-device-plugin/cmd/nvidia-device-plugin'], { cwd, environment });
      return binary;
    },
  },
];

interface Settings {
  readonly cwd?: string;
  readonly environment?: Readonly<Record<string, string>>;
}

const go = (args: readonly string[], settings: Settings): Promise<void> => succeed('go', args, settings);

async function succeed(command: string, args: readonly string[], { cwd, environment }: Settings): Promise<void> {
  const outcome = await run(command, args, { environment: { ...process.env, ...environment }, timeoutMs: 900_000, ...(cwd === undefined ? {} : { cwd }) });
  if (outcome.code !== 0) throw new Error(outcome.stderr || `${command} ended with ${outcome.code}`);
}
