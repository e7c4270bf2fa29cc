import { existsSync } from 'node:fs';
import { basename, join } from 'node:path';
import { lateModule } from '../../api/late-module.ts';
import { globalFlags } from '../../extension-points/commands/cluster/global-flags.ts';
import { homeDirectory } from '../../extension-points/commands/cluster/home-directory.ts';
import { createLateCluster } from '../../extension-points/commands/cluster/late-cluster.ts';
import type { LazyCommand } from '../../extension-points/commands/contract.ts';
import { failureOf } from '../../extension-points/commands/errors/error-text.ts';
import { StoppedBySignal } from '../../extension-points/commands/errors/stopped-by-signal.ts';
import { byName } from '../../extension-points/commands/flags/find-command.ts';
import { knowsPreferences, withPreferences } from '../../extension-points/commands/preferences/preferred-line.ts';
import { type OutsideCommands, runCommandLine } from '../../extension-points/commands/run.ts';
import { processStreams } from '../../extension-points/commands/streams.ts';
import { systemClock } from '../../kernel/clock.ts';
import type { Distribution } from './distribution.ts';
import { ownCommands } from './own-commands.ts';
import { version } from './version.ts';

/** What the program is made of; each part is loaded when it is used. */
export interface ProgramParts {
  /** The verbs, in the order in which help lists them. */
  readonly verbs: readonly LazyCommand[];
  readonly loadDistribution: () => Promise<Distribution>;
}

/** Runs what was typed; answers the exit code. */
export async function runProgram({ verbs, loadDistribution }: ProgramParts): Promise<number> {
  const program = calledAs();
  const args = process.argv.slice(2);
  const streams = processStreams(process, process.env);
  if (args.length === 1 && (args[0] === '--version' || args[0] === '-v') && program === 'wherry') {
    streams.stdout.write(`${version}\n`);
    return 0;
  }
  const commands = [
    ...(program === 'wherry' ? ownCommands(loadDistribution) : []),
    ...(knowsPreferences(process.env) ? verbs : verbs.filter(({ name }) => name !== 'kuberc')),
  ];
  const environment = process.env;
  const directory = workingDirectory();
  let stop: AbortSignal | undefined;
  const typed = { program, arguments: args, commands, globalFlags, streams, environment, homeDirectory: homeDirectory() };
  const preferred = await withPreferences(typed).catch((error: unknown) => failureOf(error));
  if ('code' in preferred) {
    streams.stderr.write(preferred.text);
    return preferred.code;
  }
  return await runCommandLine({
    program,
    arguments: preferred.arguments,
    commands,
    globalFlags,
    introduction: introductions[program],
    streams,
    environment,
    directory,
    homeDirectory: homeDirectory(),
    clock: systemClock,
    signal: () => (stop ??= stopSignal()),
    connect: (line) =>
      createLateCluster({
        line,
        streams,
        environment,
        homeDirectory: homeDirectory(),
        directory,
        clock: systemClock,
        userAgent: `wherry/${version} (${process.platform}/${process.arch})`,
        pluginPolicy: preferred.pluginPolicy,
        local: () => localCluster().localCluster(environment),
      }),
    outside: executables(environment, (name) => byName(commands, name) !== undefined),
  });
}

const introductions = {
  wherry: `A Kubernetes you extend in TypeScript, and every verb of kubectl.

 Find more information at: https://kubernetes.io/docs/reference/kubectl/`,
  kubectl: `kubectl controls the Kubernetes cluster manager.

 Find more information at: https://kubernetes.io/docs/reference/kubectl/`,
};

/** Where the shell says it is when that is gone: most commands never ask. */
function workingDirectory(): string {
  try {
    return process.cwd();
  } catch {
    return process.env['PWD'] ?? '';
  }
}

/** The executable that starts this program, which `process.argv` does not tell: it starts the bundle. */
const launcher = (): string => join(import.meta.dirname, existsSync(join(import.meta.dirname, 'sdk')) ? '..' : '../../..', 'bin', 'wherry.js');

/** The name that the user typed: a link named kubectl makes a kubectl. The launcher hands it over, since it starts the bundle. */
function calledAs(): 'wherry' | 'kubectl' {
  const name = process.env['WHERRY_CALLED_AS'] ?? basename(process.argv[1] ?? '');
  delete process.env['WHERRY_CALLED_AS'];
  return name === 'kubectl' ? 'kubectl' : 'wherry';
}

const localCluster = lateModule<typeof import('./local-cluster.ts')>(import.meta.url, './local-cluster');

/** Plugins on PATH; how they are found and run is loaded when a word is no command. */
function executables(environment: NodeJS.ProcessEnv, isBuiltIn: (name: string) => boolean): OutsideCommands {
  const load = async (): Promise<OutsideCommands> => {
    const { pathPlugins } = await import('../../extension-points/commands/path-plugins/path-plugins.ts');
    return pathPlugins({ environment, ownPath: launcher(), isBuiltIn });
  };
  return { run: async (parents, words) => (await load()).run(parents, words), list: async () => (await load()).list() };
}

/** Aborts on the first Ctrl-C or request to end; a second one ends the process at once. */
function stopSignal(): AbortSignal {
  const controller = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(name, () => controller.abort(new StoppedBySignal(name)));
  return controller.signal;
}
